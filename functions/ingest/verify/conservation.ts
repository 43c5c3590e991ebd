import type { Address } from "../../shared/xdr/address.ts";
import { isToldByEvents } from "../../shared/columns/history/payload-format.ts";
import { StrkeyVersion } from "../../shared/strkey.ts";
import type { LedgerRows } from "../indexer/rows.ts";
import { accountAt } from "../../shared/xdr/addresses.ts";
import type { ContractIds } from "../ledger/contract-ids.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { int64 } from "../../shared/xdr/words.ts";
import {
  AssetType,
  LedgerEntryType,
  readAccountEntry,
  readClaimableBalanceEntry,
  readLiquidityPoolEntryConstantProduct,
  readTrustLineEntry,
} from "../../shared/xdr/xdr.generated.ts";
import type { EntryStates } from "./entry-states.ts";
import { balanceRow } from "./expected-rows.ts";
import type { Problem } from "./verify-ledger.ts";

/** Per account and asset: what moved, and what its balance changed by. Stroops. */
interface Sums {
  moved: bigint;
  changed: bigint;
}

/**
 * Nothing appears from nowhere: the credits less the debits of every account and asset in a ledger are the change of its
 * balance (of accounts only: contracts may move tokens without saying so), and all lumens together change by the fees and the
 * payouts of inflation. A balance that an upgrade changes is a change like any other. What contracts' own events tell is not the ledger's word.
 */
export function conservationProblems(rows: LedgerRows, ledger: Ledger, ids: ContractIds, states: readonly EntryStates[]): Problem[] {
  const sums = new Map<Address, Map<Address, Sums>>();
  const of = (account: Address, token: Address): Sums => {
    let tokens = sums.get(account);
    if (!tokens) sums.set(account, (tokens = new Map()));
    let sum = tokens.get(token);
    if (!sum) tokens.set(token, (sum = { moved: 0n, changed: 0n }));
    return sum;
  };
  const lumens: Sums = { moved: 0n, changed: 0n };
  for (const row of rows.transactions) lumens.moved -= row.feeCharged;
  const inflations = new Set(rows.operations.filter((row) => row.operationType === "INFLATION").map((row) => row.toid));
  for (const row of rows.stateChanges) {
    if (row.category !== "BALANCE" || row.account.bytes[0] !== StrkeyVersion.account || isToldByEvents(row)) continue;
    const amount = BigInt(row.amount!);
    if (row.reason === "CREDIT") of(row.account, row.tokenId!).moved += amount;
    if (row.reason === "DEBIT") of(row.account, row.tokenId!).moved -= amount;
    if (row.reason === "CREDIT" && inflations.has(row.operation)) lumens.moved += amount;
  }
  for (const state of states) {
    // What comes back from the archive was somebody's before, too.
    const before = state.first || state.restored;
    lumens.changed += lumensIn(ledger, ids, state.last) - lumensIn(ledger, ids, before);
    const entry = state.last || before;
    if (entry === 0) continue;
    const holding = accountHolding(ledger, ids, entry);
    if (!holding) continue;
    const [last, first] = [state.last, before].map((p) => (p === 0 ? 0n : accountHolding(ledger, ids, p)!.balance));
    of(holding.account, holding.token).changed += last! - first!;
  }
  const problems: Problem[] = [];
  const check = (key: string, { moved, changed }: Sums): void => {
    if (moved === changed) return;
    problems.push({ ledger: rows.header.sequence, check: "conservation", key, expected: String(changed), found: String(moved) });
  };
  for (const [account, tokens] of sums) {
    for (const [token, sum] of tokens) check(`${account.text}/${token.text}`, sum);
  }
  check("all lumens", lumens);
  return problems;
}

/** Whose balance the LedgerEntry at `entry` is, of what; null when it is none of an account. */
function accountHolding({ x }: Ledger, ids: ContractIds, entry: number): { account: Address; token: Address; balance: bigint } | null {
  const p = entry + 2;
  switch (x[entry + 1]) {
    case LedgerEntryType.account:
      return { account: accountAt(x, p + 1), token: ids.native(), balance: int64(x, readAccountEntry(x, p).balance) };
    case LedgerEntryType.trustline: {
      const { asset, balance } = readTrustLineEntry(x, p);
      if (x[asset] === AssetType.assetTypePoolShare) return null;
      return { account: accountAt(x, p + 1), token: ids.asset(x, asset), balance: int64(x, balance) };
    }
    default:
      return null;
  }
}

/** Stroops of XLM that the LedgerEntry at `entry` holds; 0 for no entry. */
function lumensIn(ledger: Ledger, ids: ContractIds, entry: number): bigint {
  if (entry === 0) return 0n;
  const { x } = ledger;
  const p = entry + 2;
  switch (x[entry + 1]) {
    case LedgerEntryType.account:
      return int64(x, readAccountEntry(x, p).balance);
    case LedgerEntryType.claimableBalance: {
      const { asset, amount } = readClaimableBalanceEntry(x, p);
      return x[asset] === AssetType.assetTypeNative ? int64(x, amount) : 0n;
    }
    case LedgerEntryType.liquidityPool: {
      // Of two assets XLM is the first.
      const { params, reserveA } = readLiquidityPoolEntryConstantProduct(x, p + 9);
      return x[params] === AssetType.assetTypeNative ? int64(x, reserveA) : 0n;
    }
    case LedgerEntryType.contractData: {
      const row = balanceRow(ledger, entry);
      return row?.key.endsWith(`/${ids.native().text}`) ? BigInt(row.values.split(" ")[0]!) : 0n;
    }
    default:
      return 0n;
  }
}
