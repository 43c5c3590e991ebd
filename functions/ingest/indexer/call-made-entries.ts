import { sevenDecimals } from "../../shared/columns/amounts.ts";
import { trustlineFlags } from "../../shared/columns/flags.ts";
import type { Address } from "../../shared/xdr/address.ts";
import { accountAt } from "../../shared/xdr/addresses.ts";
import { int64 } from "../../shared/xdr/words.ts";
import { AssetType, LedgerEntryType, readTrustLineEntry } from "../../shared/xdr/xdr.generated.ts";
import { entryData } from "../ledger/changes.ts";
import type { LedgerContext, LedgerOperation } from "./operation.ts";
import type { StateChanges } from "./state-change.ts";

/*
 * Since protocol 26 (CAP-73) a contract call makes classic entries: `trust` of an asset contract a trustline, a transfer of XLM to an
 * address without an account the account. No event tells of either, so both are read from the entry changes. A call removes no such entry, and
 * changes no limit.
 */

/** The accounts that a contract call created. */
export function createdAccounts({ x }: LedgerContext, op: LedgerOperation): Set<Address> {
  const created = new Set<Address>();
  for (const { type, pre, post } of op.changes)
    if (type === LedgerEntryType.account && pre === 0) created.add(accountAt(x, entryData(post) + 1));
  return created;
}

/** Rows of the accounts and trustlines that a contract call made, as CREATE_ACCOUNT and CHANGE_TRUST have them, by ledger key. */
export function addCallMadeEntries(context: LedgerContext, op: LedgerOperation, changes: StateChanges): void {
  if (!op.changes.some(({ type, pre }) => pre === 0 && (type === LedgerEntryType.account || type === LedgerEntryType.trustline))) return;
  const { x } = context;
  for (const { type, pre, post } of op.sortedChanges) {
    if (pre !== 0) continue;
    if (type === LedgerEntryType.account) addMasterSigner(changes, accountAt(x, entryData(post) + 1));
    if (type === LedgerEntryType.trustline) addNewTrustline(context, entryData(post), changes);
  }
}

/** The signer that every new account has: its master key, of weight 1. */
export function addMasterSigner(changes: StateChanges, account: Address): void {
  const row = changes.add("SIGNER", "ADD", account);
  row.signer = account;
  row.signerWeightNew = 1;
}

/** @param entry offset of the TrustLineEntry */
function addNewTrustline({ x, ids }: LedgerContext, entry: number, changes: StateChanges): void {
  const line = readTrustLineEntry(x, entry);
  // Shares of a pool have no asset contract.
  if (x[line.asset] === AssetType.assetTypePoolShare) return;
  const account = accountAt(x, line.accountId + 1);
  const token = ids.asset(x, line.asset);
  const limit = sevenDecimals(int64(x, line.limit));
  const added = changes.add("TRUSTLINE", "ADD", account);
  added.tokenId = token;
  added.trustlineLimitNew = limit;
  const flags = trustlineFlags(line.flags);
  const set = changes.add("BALANCE_AUTHORIZATION", "SET", account);
  set.tokenId = token;
  set.flags = flags === 0 ? null : flags;
  set.trustlineLimitNew = limit;
}
