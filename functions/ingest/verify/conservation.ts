import type { Address } from "../ledger/address.ts";
import { StrkeyVersion } from "../../shared/strkey.ts";
import type { LedgerRows } from "../indexer/rows.ts";
import { accountAt } from "../ledger/addresses.ts";
import type { ContractIds } from "../ledger/contract-ids.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { int64 } from "../ledger/words.ts";
import { AssetType, LedgerEntryType, readAccountEntry, readTrustLineEntry } from "../ledger/xdr.generated.ts";
import type { EntryStates } from "./entry-states.ts";
import type { Problem } from "./verify-ledger.ts";

/** Per account and asset: what moved, and what its balance changed by. Stroops. */
interface Sums {
  moved: bigint;
  changed: bigint;
}

/**
 * Nothing appears from nowhere: the credits less the debits of every account and asset in a ledger are the change of its
 * balance. Accounts only: contracts may move tokens without saying so.
 */
export function conservationProblems(rows: LedgerRows, { x }: Ledger, ids: ContractIds, states: readonly EntryStates[]): Problem[] {
  const sums = new Map<Address, Map<Address, Sums>>();
  const of = (account: Address, token: Address): Sums => {
    let tokens = sums.get(account);
    if (!tokens) sums.set(account, (tokens = new Map()));
    let sum = tokens.get(token);
    if (!sum) tokens.set(token, (sum = { moved: 0n, changed: 0n }));
    return sum;
  };
  for (const row of rows.stateChanges) {
    if (row.category !== "BALANCE" || row.account.bytes[0] !== StrkeyVersion.account) continue;
    const amount = BigInt(row.amount!);
    if (row.reason === "CREDIT") of(row.account, row.tokenId!).moved += amount;
    if (row.reason === "DEBIT") of(row.account, row.tokenId!).moved -= amount;
  }
  for (const { type, first, last } of states) {
    if (type !== LedgerEntryType.account && type !== LedgerEntryType.trustline) continue;
    const entry = last || first;
    if (entry === 0) continue;
    const account = accountAt(x, entry + 3);
    if (type === LedgerEntryType.account) {
      of(account, ids.native()).changed +=
        balance(first, (p) => readAccountEntry(x, p).balance) * -1n + balance(last, (p) => readAccountEntry(x, p).balance);
    } else {
      const asset = readTrustLineEntry(x, entry + 2).asset;
      if (x[asset] === AssetType.assetTypePoolShare) continue;
      of(account, ids.asset(x, asset)).changed +=
        balance(first, (p) => readTrustLineEntry(x, p).balance) * -1n + balance(last, (p) => readTrustLineEntry(x, p).balance);
    }
  }
  function balance(entry: number, at: (p: number) => number): bigint {
    return entry === 0 ? 0n : int64(x, at(entry + 2));
  }
  const problems: Problem[] = [];
  for (const [account, tokens] of sums) {
    for (const [token, { moved, changed }] of tokens) {
      if (moved === changed) continue;
      problems.push({
        ledger: rows.header.sequence,
        check: "conservation",
        key: `${account.text}/${token.text}`,
        expected: String(changed),
        found: String(moved),
      });
    }
  }
  return problems;
}
