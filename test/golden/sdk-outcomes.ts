import { createHash } from "node:crypto";
import * as xdr from "@stellar/stellar-sdk/xdr";
import type { TransactionNode } from "../../functions/serve/nodes/transaction.ts";
import type { GoldenLedger } from "../fixtures/golden-ledgers.ts";
import { arm, balanceIdHex, fields, list, party, sdkOperation, type Sep51, text, units } from "./sdk-details.ts";

/*
 * What became of the operations of a ledger, by its results and entry changes, which the history does not keep, as the SDK decodes them.
 */

type Details = Record<string, unknown>;
type Ledger = Pick<GoldenLedger, "bytes" | "passphrase">;

/** A transaction of a ledger. */
interface SdkTransaction {
  /** As written: `G…`, or `M…`. */
  source: string;
  successful: boolean;
  /** The type's own results, where the operations were tried. */
  results: (Sep51 | null)[];
  /** Entry changes of each operation. */
  changes: Sep51[][];
}

const sha256 = (...parts: (Uint8Array | string)[]): Buffer => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
};

function envelopes(meta: xdr.LedgerCloseMeta): readonly xdr.TransactionEnvelope[] {
  if (meta.type === "v0") return meta.v0.txSet.txs;
  return (meta.type === "v1" ? meta.v1 : meta.v2).txSet.v1TxSet.phases.flatMap((phase) =>
    phase.type === "v0Components"
      ? phase.v0Components.flatMap((component) => component.txsMaybeDiscountedFee.txs)
      : phase.parallelTxsComponent.executionStages.flat(2),
  );
}

/** Hash and source of an envelope; of a fee bump, the source of its inner transaction. */
function identity(envelope: xdr.TransactionEnvelope, passphrase: string): [hash: string, source: string] {
  const networkId = sha256(passphrase);
  if (envelope.type === "envelopeTypeTxV0") {
    const { tx } = envelope.value;
    const key = xdr.PublicKey.publicKeyTypeEd25519(tx.sourceAccountEd25519);
    return [sha256(networkId, Buffer.of(0, 0, 0, 2, 0, 0, 0, 0), tx.toXdr()).toString("hex"), key.toJson() as string];
  }
  const { tx } = envelope.value;
  const type = envelope.type === "envelopeTypeTx" ? 2 : 5;
  const hash = sha256(networkId, Buffer.of(0, 0, 0, type), tx.toXdr()).toString("hex");
  const inner = "innerTx" in tx ? tx.innerTx.value.tx : tx;
  return [hash, inner.sourceAccount.toJson() as string];
}

/** The transactions of a ledger in the order of application. */
export function sdkTransactions({ bytes, passphrase }: Ledger): SdkTransaction[] {
  const meta = xdr.LedgerCloseMeta.fromXdr(bytes);
  const sources = new Map(envelopes(meta).map((envelope) => identity(envelope, passphrase)));
  const { txProcessing } = meta.type === "v2" ? meta.v2 : meta.type === "v1" ? meta.v1 : meta.v0;
  return [...txProcessing].map(({ result, txApplyProcessing }) => {
    const { transaction_hash, result: outer } = fields(result.toJson() as Sep51);
    let [code, results] = arm(fields(outer).result);
    if (code.startsWith("tx_fee_bump_inner")) [code, results] = arm(fields(fields(results).result).result);
    return {
      source: sources.get(text(transaction_hash))!,
      successful: code === "tx_success",
      results: Array.isArray(results) ? results.map((each) => (arm(each)[0] === "op_inner" ? arm(arm(each)[1])[1] : null)) : [],
      changes: operationChanges(txApplyProcessing),
    };
  });
}

function operationChanges(meta: xdr.TransactionMeta): Sep51[][] {
  const operations = "operations" in meta ? meta.operations : (meta.value as { operations: xdr.OperationMeta[] }).operations;
  return operations.map(({ changes }) => changes.map((change) => change.toJson() as Sep51));
}

/** An entry before and after an operation. */
interface EntryChange {
  pre: Sep51 | null;
  post: Sep51 | null;
}

/** The changes by entry; what is not there before or after is null. */
function entryChanges(changes: readonly Sep51[]): EntryChange[] {
  const found: EntryChange[] = [];
  let state: Sep51 | null = null;
  for (const change of changes) {
    const [kind, entry] = arm(change);
    if (kind === "state") state = entry;
    else {
      found.push({ pre: kind === "created" || kind === "restored" ? null : state, post: kind === "removed" ? null : entry });
      state = null;
    }
  }
  return found;
}

const sponsorOfEntry = (entry: Sep51): Sep51 => {
  const [version, ext] = arm(fields(entry).ext);
  return version === "v1" ? (fields(ext).sponsoring_id ?? null) : null;
};

/** Sponsors of an account's signers. */
function signerSponsors(entry: Sep51 | null): Map<string, Sep51> {
  const [type, account] = entry === null ? ["", null] : arm(fields(entry).data);
  if (type !== "account") return new Map();
  const [v1, first] = arm(fields(account).ext);
  const [v2, second] = v1 === "v1" ? arm(fields(first).ext) : ["v0", null];
  const sponsors = v2 === "v2" ? list(fields(second).signer_sponsoring_i_ds ?? fields(second).signer_sponsoring_ids) : [];
  return new Map(list(fields(account).signers).map((signer, at) => [text(fields(signer).key), sponsors[at] ?? null]));
}

/** Horizon's rule: who newly sponsors the signer that is set, or the first entry that was created sponsored. */
function sponsor(changes: readonly EntryChange[], signer: string | null): Sep51 {
  for (const { pre, post } of changes) {
    if (signer !== null) {
      const now = signerSponsors(post).get(signer) ?? null;
      if (now !== null && now !== signerSponsors(pre).get(signer)) return now;
    }
    if (pre === null && post !== null && sponsorOfEntry(post) !== null) return sponsorOfEntry(post);
  }
  return null;
}

const bought = (offer: Sep51): { asset: string; amount: bigint } => {
  const { asset_bought, amount_bought } = fields(arm(offer)[1]);
  return { asset: JSON.stringify(asset_bought), amount: BigInt(text(amount_bought)) };
};

/** What left the source of a path payment: what the exchanges that come first took, or the payment itself where there were none. */
function sent(result: Sep51): string {
  const { offers, last } = fields(fields(result).success);
  const all = list(offers).map(bought);
  if (all.length === 0) return units(fields(last).amount);
  const end = all.findIndex(({ asset }) => asset !== all[0]!.asset);
  const first = end === -1 ? all : all.slice(0, end);
  return units(first.reduce((sum, { amount }) => sum + amount, 0n).toString());
}

/** Amounts by which the two reserves of the pool changed. */
function reserves(changes: readonly EntryChange[]): bigint[] {
  const amounts = (entry: Sep51 | null): bigint[] => {
    const [type, pool] = entry === null ? ["", null] : arm(fields(entry).data);
    if (type !== "liquidity_pool") return [0n, 0n];
    const body = fields(arm(fields(pool).body)[1]);
    return [BigInt(text(body.reserve_a)), BigInt(text(body.reserve_b))];
  };
  const change = changes.find((each) => arm(fields(each.post ?? each.pre ?? null).data)[0] === "liquidity_pool")!;
  const [before, after] = [amounts(change.pre), amounts(change.post)];
  return before.map((amount, at) => (after[at]! > amount ? after[at]! - amount : amount - after[at]!));
}

const NOTHING = "0.0000000";

/**
 * The members of details that come from what happened.
 * @param place of the operation, from 1
 */
export function outcomeDetails(node: TransactionNode, tx: SdkTransaction, place: number): Details {
  const operation = node.operationNodes[place - 1]!;
  const json = fields(sdkOperation(operation.operationBytes));
  const [type, inner] = arm(json.body);
  const result = tx.successful ? (tx.results[place - 1] ?? null) : null;
  const changes = tx.successful ? entryChanges(tx.changes[place - 1] ?? []) : [];
  const details: Details = {};
  switch (type) {
    case "path_payment_strict_receive":
      return { source_amount: result === null ? NOTHING : sent(result) };
    case "path_payment_strict_send":
      return { amount: result === null ? NOTHING : units(fields(fields(fields(result).success).last).amount) };
    case "create_claimable_balance":
      if (result !== null) details.balance_id = balanceIdHex(fields(result).success);
      break;
    case "liquidity_pool_deposit":
    case "liquidity_pool_withdraw": {
      const amounts = tx.successful ? reserves(changes).map((amount) => units(amount.toString())) : [NOTHING, NOTHING];
      return { [type.endsWith("deposit") ? "reserves_deposited" : "reserves_received"]: amounts.map((amount) => ({ amount })) };
    }
    case "end_sponsoring_future_reserves": {
      if (!tx.successful) return {};
      const sourceOf = (each: Record<string, Sep51>): Sep51 => each.source_account ?? tx.source;
      const { account } = party("account", sourceOf(json));
      const before = node.operationNodes.slice(0, place - 1).map(({ operationBytes }) => fields(sdkOperation(operationBytes)));
      const begin = before.findLast(({ body }) => {
        const [name, value] = arm(body);
        return name === "begin_sponsoring_future_reserves" && fields(value).sponsored_id === account;
      });
      return party("begin_sponsor", sourceOf(begin!));
    }
  }
  const signer = type === "set_options" && fields(inner).signer !== null ? text(fields(fields(inner).signer).key) : null;
  const sponsoredBy = SPONSORED.has(type) ? sponsor(changes, signer) : null;
  if (sponsoredBy !== null) details.sponsor = sponsoredBy;
  return details;
}

/** Types whose entries can have a sponsor, but for offers: the history does not say whether an offer stayed. */
const SPONSORED = new Set(["create_account", "set_options", "change_trust", "manage_data", "create_claimable_balance"]);
