import { hash as digest } from "node:crypto";
import { createIndexer } from "../../functions/ingest/indexer/index-ledger.ts";
import { type LedgerContext, type LedgerOperation, operationOf } from "../../functions/ingest/indexer/operation.ts";
import type { AccountRow, LedgerRows, TrustlineBalanceRow } from "../../functions/ingest/indexer/rows.ts";
import { ApplyPhase } from "../../functions/ingest/indexer/state/fold.ts";
import { LedgerState } from "../../functions/ingest/indexer/state/index.ts";
import { type Change, pairChanges } from "../../functions/ingest/ledger/changes.ts";
import { ContractIds } from "../../functions/ingest/ledger/contract-ids.ts";
import type { Ledger } from "../../functions/ingest/ledger/ledger.ts";
import { type LedgerTransaction, transactions } from "../../functions/ingest/ledger/transactions.ts";
import { balanceNode } from "../../functions/serve/resolvers/balance-node.ts";
import { USABLE } from "../../functions/serve/queries/balances/usable.ts";
import { muxedToAccount } from "../../functions/shared/xdr/addresses.ts";
import { elements, int64 } from "../../functions/shared/xdr/words.ts";
import {
  OperationType,
  readClaimOfferAtom,
  readCreateAccountOp,
  readCreateClaimableBalanceOp,
  readPathPaymentStrictReceiveOp,
  readPathPaymentStrictReceiveResultSuccess,
  readPathPaymentStrictSendOp,
  readPaymentOp,
  skipClaimAtom,
} from "../../functions/shared/xdr/xdr.generated.ts";
import { openLedger } from "../fixtures/open-ledger.ts";

/** An operation that sends a fixed amount of one asset, and what our balance said just before it. */
export interface Spend {
  where: string;
  operation: string;
  isNative: boolean;
  amount: bigint;
  /** What the API would have shown as `spendable`, in stroops. */
  spendable: bigint;
  balance: bigint;
  isAuthorized: boolean;
  outcome: "success" | "underfunded" | "not authorized" | "other";
  /** The reserve of the account was not that of 2 to 2 + subentries, or something was held back for offers. */
  isHeldBack: boolean;
}

/** Codes of the operations' own results. */
const CODES: Readonly<Record<number, { underfunded: number; notAuthorized: number | null }>> = {
  [OperationType.createAccount]: { underfunded: -2, notAuthorized: null },
  [OperationType.payment]: { underfunded: -2, notAuthorized: -4 },
  [OperationType.pathPaymentStrictReceive]: { underfunded: -2, notAuthorized: -4 },
  [OperationType.pathPaymentStrictSend]: { underfunded: -2, notAuthorized: -4 },
  [OperationType.createClaimableBalance]: { underfunded: -5, notAuthorized: -4 },
};

/** Rows of the current state by account, and by account and asset's contract. */
class State {
  readonly accounts: Map<string, AccountRow>;
  readonly trustlines: Map<string, TrustlineBalanceRow>;

  constructor(from?: State) {
    this.accounts = new Map(from?.accounts);
    this.trustlines = new Map(from?.trustlines);
  }

  apply({ accounts, trustlineBalances }: Pick<LedgerRows, "accounts" | "trustlineBalances">): void {
    for (const row of accounts)
      if (row.removedLedger === null) this.accounts.set(row.account.text, row);
      else this.accounts.delete(row.account.text);
    for (const row of trustlineBalances) {
      const key = trustlineKey(row.account.text, row.asset.contract);
      if (row.op === "REMOVE") this.trustlines.delete(key);
      else this.trustlines.set(key, row);
    }
  }
}

function trustlineKey(account: string, contract: Uint8Array): string {
  return `${account} ${Buffer.from(contract).toString("hex")}`;
}

/**
 * Walks consecutive ledgers through the indexer and a map of its rows, and tells of every operation that sends a fixed amount.
 * State that the ledgers have not shown before comes from the operation's own changes, where it has some.
 */
export class SpendWalk {
  readonly #passphrase: string;
  readonly #indexer: ReturnType<typeof createIndexer>;
  #state = new State();
  /** Of the ledger before: that of a header is what its upgrades leave. */
  #baseReserve: number | null = null;

  constructor(passphrase: string) {
    this.#passphrase = passphrase;
    this.#indexer = createIndexer(passphrase);
  }

  ledger(name: string, bytes: Uint8Array): Spend[] {
    const ledger = openLedger(bytes);
    try {
      const spends = this.#spends(name, ledger);
      this.#state.apply(this.#indexer.index(ledger));
      this.#baseReserve = ledger.baseReserve;
      return spends;
    } finally {
      ledger.close();
    }
  }

  #spends(name: string, ledger: Ledger): Spend[] {
    const networkId = digest("sha256", this.#passphrase, "buffer");
    const { x } = ledger;
    const context: LedgerContext = { ledger, x, ids: new ContractIds(networkId, x.addresses), networkId };
    const all = [...transactions(ledger, networkId)];
    const found: Spend[] = [];
    for (const [at, tx] of all.entries())
      for (let i = 0; i < tx.envelope.operations.length; i++) {
        const op = operationOf(x, tx, i);
        const codes = CODES[op.type];
        const result = tx.operationResults?.[i];
        if (codes === undefined || result === undefined || x[result] !== 0) continue;
        // What the operations before it did is not in the meta of a transaction that failed.
        if (!tx.successful && tx.operationResults!.slice(0, i).some((before) => x[before] === 0 && x[before + 2] === 0)) continue;
        const sent = sentBy(context, op);
        if (sent === null) continue;
        const spend = this.#spendable(context, all, at, op, sent);
        if (spend === null) continue;
        const code = x[result + 2]!;
        const outcome =
          code === 0 ? "success" : code === codes.underfunded ? "underfunded" : code === codes.notAuthorized ? "not authorized" : "other";
        const operation = Object.entries(OperationType).find(([, type]) => type === op.type)![0];
        found.push({ where: `${name} ${tx.index}/${i}`, operation, isNative: sent.isNative, amount: sent.amount, ...spend, outcome });
      }
    return found;
  }

  /** What the balance says when an operation's turn has come; null when nothing tells of it. */
  #spendable(context: LedgerContext, all: readonly LedgerTransaction[], at: number, op: LedgerOperation, { isNative, contract }: Sent) {
    const state = this.#stateBefore(context, all, at, op);
    if (isNative) {
      const row = state.accounts.get(op.source.text);
      if (row === undefined) return null;
      const reserve = BigInt(this.#baseReserve ?? context.ledger.baseReserve);
      const entries = BigInt(2 + row.numSubentries + row.numSponsoring - row.numSponsored);
      const shown = balanceNode(
        {
          source: "native",
          ordinal: 1,
          key: "native",
          balance: String(row.balance),
          last_modified_ledger: 1,
          sponsor: null,
          ...USABLE,
          minimum_balance: String(entries * reserve),
          buying_liabilities: String(row.buyingLiabilities),
          selling_liabilities: String(row.sellingLiabilities),
          num_subentries: row.numSubentries,
        },
        this.#passphrase,
        true,
      );
      const isHeldBack = row.sellingLiabilities > 0n || row.numSponsoring + row.numSponsored + row.numSubentries > 0;
      return { spendable: stroops(shown!.spendable), balance: row.balance, isAuthorized: true, isHeldBack };
    }
    const row = state.trustlines.get(trustlineKey(op.source.text, contract));
    if (row === undefined) return null;
    const shown = balanceNode(
      {
        source: "classic",
        ordinal: 1,
        key: row.asset.id,
        balance: String(row.balance),
        last_modified_ledger: 1,
        sponsor: null,
        ...USABLE,
        code: row.asset.code,
        issuer: row.asset.issuer,
        trust_limit: String(row.trustLimit),
        buying_liabilities: String(row.buyingLiabilities),
        selling_liabilities: String(row.sellingLiabilities),
        flags: row.flags,
      },
      this.#passphrase,
      true,
    );
    const isAuthorized = (row.flags & 1) === 1;
    return { spendable: stroops(shown!.spendable), balance: row.balance, isAuthorized, isHeldBack: row.sellingLiabilities > 0n };
  }

  /** The rows when an operation's turn has come: all fees are taken, and the transactions and operations before it are applied. */
  #stateBefore(context: LedgerContext, all: readonly LedgerTransaction[], at: number, op: LedgerOperation): State {
    const { x } = context;
    const indexed = new LedgerState(context);
    for (const tx of all) indexed.addFees(pairChanges(x, tx.feeChanges), ApplyPhase.fee, tx.index);
    for (const tx of all.slice(0, at)) {
      indexed.addTransactionLevel(tx.changesBefore);
      for (let i = 0; i < tx.envelope.operations.length; i++) indexed.addOperation(operationOf(x, tx, i));
      indexed.addTransactionLevel(tx.changesAfter);
    }
    indexed.addTransactionLevel(op.tx.changesBefore);
    for (let i = 0; i < op.index; i++) indexed.addOperation(operationOf(x, op.tx, i));
    const state = new State(this.#state);
    state.apply(rowsOf(indexed));
    // What no ledger has shown yet: the operation's own changes begin with it.
    const own = new LedgerState(context);
    const first: Change[] = op.changes.filter(({ pre }) => pre !== 0).map((change) => ({ ...change, pre: 0, post: change.pre }));
    own.addFees(first.reverse(), ApplyPhase.fee, 1);
    const seen = new State();
    seen.apply(rowsOf(own));
    for (const [key, row] of seen.accounts) if (!state.accounts.has(key)) state.accounts.set(key, row);
    for (const [key, row] of seen.trustlines) if (!state.trustlines.has(key)) state.trustlines.set(key, row);
    return state;
  }
}

function rowsOf(state: LedgerState): LedgerRows {
  const rows = { provenTokens: [] } as unknown as LedgerRows;
  state.finish(rows);
  return rows;
}

function stroops(amount: string): bigint {
  return BigInt(amount.replace(".", ""));
}

interface Sent {
  isNative: boolean;
  contract: Uint8Array;
  amount: bigint;
}

/**
 * What an operation sends; null when its amount depends on what it finds, or nothing is taken from a balance: an issuer sends its own asset, an
 * account pays itself.
 */
function sentBy({ x, ids }: LedgerContext, op: LedgerOperation): Sent | null {
  const of = (asset: number, amount: bigint): Sent | null => {
    const contract = ids.asset(x, asset).bytes;
    const issuer = x[asset] === 0 ? null : Buffer.from(op.source.bytes.subarray(1));
    const words = x[asset] === 1 ? 3 : 5;
    if (issuer !== null && Buffer.from(addressBytes(x, asset + words)).equals(issuer)) return null;
    return { isNative: x[asset] === 0, contract, amount };
  };
  switch (op.type) {
    case OperationType.createAccount:
      return { isNative: true, contract: ids.native().bytes, amount: int64(x, readCreateAccountOp(x, op.body).startingBalance) };
    case OperationType.payment: {
      const { destination, asset, amount } = readPaymentOp(x, op.body);
      return muxedToAccount(x, destination) === op.source ? null : of(asset, int64(x, amount));
    }
    case OperationType.pathPaymentStrictSend: {
      const { destination, sendAsset, sendAmount } = readPathPaymentStrictSendOp(x, op.body);
      return muxedToAccount(x, destination) === op.source ? null : of(sendAsset, int64(x, sendAmount));
    }
    case OperationType.pathPaymentStrictReceive: {
      const { destination, sendAsset, destAsset, destAmount, path } = readPathPaymentStrictReceiveOp(x, op.body);
      if (muxedToAccount(x, destination) === op.source) return null;
      if (ids.asset(x, sendAsset) === ids.asset(x, destAsset) && x[path] === 0) return of(sendAsset, int64(x, destAmount));
      if (op.result === 0 || x[op.result] !== 0) return null;
      // What the first hop's sellers were paid.
      const { offers } = readPathPaymentStrictReceiveResultSuccess(x, op.result + 1);
      let sum = 0n;
      for (const p of elements(x, offers, skipClaimAtom)) {
        if (x[p] !== 1) return null;
        const { assetBought, amountBought } = readClaimOfferAtom(x, p + 1);
        if (ids.asset(x, assetBought) === ids.asset(x, sendAsset)) sum += int64(x, amountBought);
      }
      return of(sendAsset, sum);
    }
    default: {
      const { asset, amount } = readCreateClaimableBalanceOp(x, op.body);
      return of(asset, int64(x, amount));
    }
  }
}

function addressBytes(x: LedgerContext["x"], p: number): Uint8Array {
  return x.addresses.at(x, p, 0x30).bytes.subarray(1);
}
