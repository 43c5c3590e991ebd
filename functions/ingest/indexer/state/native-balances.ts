import type { Address } from "../../../shared/xdr/address.ts";
import { accountAt } from "../../../shared/xdr/addresses.ts";
import { entryData, type Change } from "../../ledger/changes.ts";
import { ContradictionError } from "../../ledger/contradiction-error.ts";
import { int64, sameWords, type Words } from "../../../shared/xdr/words.ts";
import {
  readAccountEntry,
  readAccountEntryExtensionV1,
  readAccountEntryExtensionV2,
  readLedgerEntry,
} from "../../../shared/xdr/xdr.generated.ts";
import type { NativeBalanceRow } from "../rows.ts";
import { FoldTable } from "./fold.ts";

interface AccountState {
  balance: bigint;
  buyingLiabilities: bigint;
  sellingLiabilities: bigint;
  numSubentries: number;
  numSponsoring: number;
  numSponsored: number;
}

function accountState(x: Words, entry: number): AccountState {
  const account = readAccountEntry(x, entryData(entry));
  const state: AccountState = {
    balance: int64(x, account.balance),
    buyingLiabilities: 0n,
    sellingLiabilities: 0n,
    numSubentries: entryCount(account.numSubEntries, entry),
    numSponsoring: 0,
    numSponsored: 0,
  };
  if (x[account.ext] !== 1) return state;
  const v1 = readAccountEntryExtensionV1(x, account.ext + 1);
  state.buyingLiabilities = int64(x, v1.liabilities);
  state.sellingLiabilities = int64(x, v1.liabilities + 2);
  if (x[v1.ext] !== 2) return state;
  const v2 = readAccountEntryExtensionV2(x, v1.ext + 1);
  state.numSponsoring = entryCount(v2.numSponsoring, entry);
  state.numSponsored = entryCount(v2.numSponsored, entry);
  return state;
}

/** A number of ledger entries as the database keeps it: each costs a reserve, so no network comes near 2^31. */
function entryCount(count: number, entry: number): number {
  if (count > 0x7fffffff) throw new ContradictionError(`an account that counts ${count} entries`, entry);
  return count;
}

/** Does a change within a ledger leave all columns as they are, because it changes nothing or only signers? */
function changesOnlySigners(x: Words, pre: number, post: number): boolean {
  if (x[pre] !== x[post]) return false;
  const before = readAccountEntry(x, entryData(pre));
  const after = readAccountEntry(x, entryData(post));
  const head = before.signers - before.accountId;
  if (head !== after.signers - after.accountId || !sameWords(x, before.accountId, after.accountId, head)) return false;
  const tail = readLedgerEntry(x, pre).ext - before.ext;
  return tail === readLedgerEntry(x, post).ext - after.ext && sameWords(x, before.ext, after.ext, tail);
}

/** Accounts of a ledger, folded. */
export class NativeBalances {
  readonly #folds = new FoldTable<Address>();

  add(x: Words, change: Change, order: number | null): void {
    if (change.pre !== 0 && change.post !== 0 && changesOnlySigners(x, change.pre, change.post)) return;
    this.#folds.add(accountAt(x, entryData(change.post || change.pre) + 1), null, change, "CREATE", order);
  }

  /** A change of a transaction as a whole: sequence numbers are bumped there, so only a change of a stored column counts (GAP-15, GAP-25). */
  addTransactionLevel(x: Words, change: Change): void {
    if (change.pre !== 0 && change.post !== 0) {
      const before = accountState(x, change.pre);
      const after = accountState(x, change.post);
      const same =
        before.balance === after.balance &&
        before.buyingLiabilities === after.buyingLiabilities &&
        before.sellingLiabilities === after.sellingLiabilities &&
        before.numSubentries === after.numSubentries &&
        before.numSponsoring === after.numSponsoring &&
        before.numSponsored === after.numSponsored;
      if (same) return;
    }
    this.add(x, change, null);
  }

  rows(x: Words): NativeBalanceRow[] {
    return Array.from(this.#folds.rows(), ({ first, op, pre, post, order }) => ({
      account: first,
      op,
      order,
      ...accountState(x, post || pre),
    }));
  }
}
