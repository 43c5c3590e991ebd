import type { Address } from "../../../shared/xdr/address.ts";
import { accountAt, signerKeyAt } from "../../../shared/xdr/addresses.ts";
import { entryData, type Change } from "../../ledger/changes.ts";
import { ContradictionError } from "../../ledger/contradiction-error.ts";
import { opaqueAt, type Ledger } from "../../ledger/ledger.ts";
import { sponsorOf } from "../../ledger/sponsor.ts";
import { elements, int64, sameWords, type Words } from "../../../shared/xdr/words.ts";
import {
  type AccountEntry,
  readAccountEntry,
  readAccountEntryExtensionV1,
  readAccountEntryExtensionV2,
  readAccountEntryExtensionV3,
  readSigner,
  skipAccountEntryExt,
  skipPublicKey,
  skipSigner,
} from "../../../shared/xdr/xdr.generated.ts";
import type { AccountRow, AccountSigner, EntryOp } from "../rows.ts";

/** Offsets of what stands in the extensions of an account's entry, 0 for an extension that is not there. */
interface Extensions {
  /** Liabilities: buying, selling. */
  liabilities: number;
  /** Counts of sponsored and sponsoring. */
  counts: number;
  /** Optional account ids, one a signer. */
  signerSponsors: number;
  /** AccountEntryExtensionV3. */
  sequence: number;
}

const NO_EXTENSIONS: Extensions = { liabilities: 0, counts: 0, signerSponsors: 0, sequence: 0 };

function extensions(x: Words, ext: number): Extensions {
  if (x[ext] !== 1) return NO_EXTENSIONS;
  const v1 = readAccountEntryExtensionV1(x, ext + 1);
  if (x[v1.ext] !== 2) return { ...NO_EXTENSIONS, liabilities: v1.liabilities };
  const counts = v1.ext + 1;
  const v2 = readAccountEntryExtensionV2(x, counts);
  return {
    liabilities: v1.liabilities,
    counts,
    signerSponsors: v2.signerSponsoringIDs,
    sequence: x[v2.ext] === 3 ? v2.ext + 1 : 0,
  };
}

/** Are the `n` words at `a` and `b` equal? Words at offset 0 are zeros. */
function sameOrZero(x: Words, a: number, b: number, n: number): boolean {
  for (let i = 0; i < n; i++) if ((a === 0 ? 0 : x[a + i]) !== (b === 0 ? 0 : x[b + i])) return false;
  return true;
}

/** Are balance, liabilities and counts of two account entries equal? */
function sameBalances(x: Words, pre: number, post: number): boolean {
  const before = readAccountEntry(x, entryData(pre));
  const after = readAccountEntry(x, entryData(post));
  if (before.numSubEntries !== after.numSubEntries || !sameWords(x, before.balance, after.balance, 2)) return false;
  const [a, b] = [extensions(x, before.ext), extensions(x, after.ext)];
  return sameOrZero(x, a.liabilities, b.liabilities, 4) && sameOrZero(x, a.counts, b.counts, 2);
}

/** Does a change leave everything but the signers as it is? */
function changesOnlySigners(x: Words, pre: number, post: number): boolean {
  if (x[pre] !== x[post]) return false;
  const before = readAccountEntry(x, entryData(pre));
  const after = readAccountEntry(x, entryData(post));
  const head = before.signers - before.accountId;
  if (head !== after.signers - after.accountId || !sameWords(x, before.accountId, after.accountId, head)) return false;
  const [endBefore, endAfter] = [skipAccountEntryExt(x, before.ext), skipAccountEntryExt(x, after.ext)];
  const tail = endBefore - before.ext;
  return tail === endAfter - after.ext && sameWords(x, before.ext, after.ext, tail);
}

/** A number of ledger entries, or a ledger, as the database keeps it: each entry costs a reserve, so no network comes near 2^31. */
function count(value: number, what: string, entry: number): number {
  if (value > 0x7fffffff) throw new ContradictionError(`an account with ${value} as its ${what}`, entry);
  return value;
}

/** A TimePoint as the database keeps it, signed. */
function timeOf(x: Words, p: number, entry: number): bigint {
  const time = int64(x, p);
  if (time < 0n) throw new ContradictionError("an account whose sequence number changed at no time", entry);
  return time;
}

/** The account id of the optional one at `p`. */
function optionalAccountAt(x: Words, p: number): Address | null {
  return x[p] === 1 ? accountAt(x, p + 2) : null;
}

function skipOptionalAccount(x: Words, p: number): number {
  return x[p] === 1 ? skipPublicKey(x, p + 1) : p + 1;
}

const NO_SIGNERS: readonly AccountSigner[] = [];

function signersOf(x: Words, signers: number, sponsors: number): readonly AccountSigner[] {
  if (x[signers] === 0) return NO_SIGNERS;
  const paidBy = sponsors === 0 ? [] : elements(x, sponsors, skipOptionalAccount);
  return elements(x, signers, skipSigner).map((p, i) => {
    const { key, weight } = readSigner(x, p);
    const sponsor = paidBy[i];
    return { key: signerKeyAt(x, key), weight, sponsor: sponsor === undefined ? null : optionalAccountAt(x, sponsor) };
  });
}

/** As `AccountRow.goneSigners`. @param first the LedgerEntry before the ledger, 0 for none @param last null: the account is gone */
function goneSigners(x: Words, first: number, last: AccountEntry | null): readonly Address[] | null {
  const before = first === 0 ? null : readAccountEntry(x, entryData(first));
  if (before === null || x[before.signers] === 0) return last === null || x[last.signers] === 0 ? null : [];
  const length = before.ext - before.signers;
  if (last !== null && last.ext - last.signers === length && sameWords(x, before.signers, last.signers, length)) return null;
  const keys = (account: AccountEntry): Address[] => elements(x, account.signers, skipSigner).map((p) => signerKeyAt(x, p));
  const kept = new Set(last === null ? [] : keys(last));
  return keys(before).filter((key) => !kept.has(key));
}

/** What a ledger did to one account. Offsets are word offsets of LedgerEntries. */
interface Folded {
  /** Its state before the ledger; 0 when it was not there. */
  first: number;
  /** Its last state, also of an account that is gone. */
  entry: number;
  isGone: boolean;
  /** The last change that shows in the balances, as the reference implementation calls it; null: none, or they net to nothing. */
  balanceOp: EntryOp | null;
  /** When that change came, see `changeOrder`. */
  order: number;
}

/**
 * Accounts of a ledger, each with its last state, whatever changed it. Apart from that it is told how the reference implementation's row
 * of the account's balance changed: it writes none when only signers, or in a transaction as a whole only other columns, change.
 */
export class Accounts {
  readonly #folds = new Map<Address, Folded>();

  add(x: Words, change: Change, order: number): void {
    this.#add(x, change, order, change.pre !== 0 && change.post !== 0 && changesOnlySigners(x, change.pre, change.post));
  }

  /** A change of a transaction as a whole: sequence numbers are bumped there, which no balance shows (GAP-15, GAP-25). */
  addTransactionLevel(x: Words, change: Change): void {
    this.#add(x, change, null, change.pre !== 0 && change.post !== 0 && sameBalances(x, change.pre, change.post));
  }

  #add(x: Words, { pre, post }: Change, order: number | null, isNoBalanceChange: boolean): void {
    const account = accountAt(x, entryData(post || pre) + 1);
    const removes = post === 0;
    let folded = this.#folds.get(account);
    if (folded === undefined) {
      folded = { first: pre, entry: 0, isGone: false, balanceOp: null, order: 0 };
      this.#folds.set(account, folded);
    }
    folded.entry = post || pre;
    folded.isGone = removes;
    if (isNoBalanceChange) return;
    if (removes && folded.first === 0 && folded.balanceOp === "CREATE") folded.balanceOp = null;
    else folded.balanceOp = removes ? "REMOVE" : pre === 0 ? "CREATE" : "UPDATE";
    folded.order = order ?? folded.order;
  }

  rows(ledger: Ledger): AccountRow[] {
    return Array.from(this.#folds, ([account, folded]) => accountRow(ledger, account, folded));
  }
}

function accountRow(ledger: Ledger, account: Address, { first, entry, isGone, balanceOp, order }: Folded): AccountRow {
  const { x } = ledger;
  const state: AccountEntry = readAccountEntry(x, entryData(entry));
  const { liabilities, counts, signerSponsors, sequence } = extensions(x, state.ext);
  const v3 = sequence === 0 ? null : readAccountEntryExtensionV3(x, sequence);
  return {
    account,
    op: isGone ? "REMOVE" : (balanceOp ?? "UPDATE"),
    changesBalance: balanceOp !== null,
    order,
    removedLedger: isGone ? ledger.sequence : null,
    balance: int64(x, state.balance),
    buyingLiabilities: liabilities === 0 ? 0n : int64(x, liabilities),
    sellingLiabilities: liabilities === 0 ? 0n : int64(x, liabilities + 2),
    numSubentries: count(state.numSubEntries, "number of entries", entry),
    numSponsoring: counts === 0 ? 0 : count(x[counts + 1]! >>> 0, "number of sponsored entries", entry),
    numSponsored: counts === 0 ? 0 : count(x[counts]! >>> 0, "number of entries that others pay", entry),
    sequenceNumber: int64(x, state.seqNum),
    sequenceLedger: v3 === null ? null : count(v3.seqLedger, "ledger of its sequence number", entry),
    sequenceTime: v3 === null ? null : timeOf(x, v3.seqTime, entry),
    // As the database keeps 32 bits, signed.
    flags: state.flags | 0,
    thresholds: x[state.thresholds]!,
    homeDomain: x[state.homeDomain] === 0 ? null : opaqueAt(x, ledger.bytes, state.homeDomain),
    inflationDestination: optionalAccountAt(x, state.inflationDest),
    sponsor: sponsorOf(x, entry),
    signers: signersOf(x, state.signers, signerSponsors),
    goneSigners: goneSigners(x, first, isGone ? null : state),
  };
}
