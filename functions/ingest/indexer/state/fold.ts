import type { Change } from "../../ledger/changes.ts";
import type { EntryOp } from "../rows.ts";

/** What a ledger did to one key, of one or two parts. Offsets are word offsets of LedgerEntries. */
interface Folded<First, Second> {
  readonly first: First;
  readonly second: Second;
  /** Was the entry there before the ledger? Archived entries count: their rows stay in the tables. */
  readonly existed: boolean;
  /** The last change, as the row shows it; null when the key nets to nothing. */
  op: EntryOp | null;
  /** State before the last change, 0 when there was none. */
  pre: number;
  /** State after the last change, 0 when the entry is gone. */
  post: number;
  /** When the last change came, see `changeOrder`; 0 while only changes of transactions as a whole were met. */
  order: number;
}

/** A key with a row to write. */
type FoldedRow<First, Second> = Folded<First, Second> & { readonly op: EntryOp };

/** The phases in which a ledger is applied, in order. */
export const ApplyPhase = { fee: 0, operation: 1, refund: 2, upgrade: 3 } as const;

/**
 * When a change came within its ledger, as one number: phase in the bits from 37, the transaction's 1-based index from 13, the
 * operation's 0-based index below. Upgrades are no transaction's: both are 0.
 */
export function changeOrder(phase: number, transaction: number, operation: number): number {
  return phase * 2 ** 37 + transaction * 2 ** 13 + operation;
}

/** The folded state of a key that has not been met yet. */
function unfolded<First, Second>(first: First, second: Second, change: Change): Folded<First, Second> {
  const existed = change.pre !== 0 || change.restored || change.post === 0;
  return { first, second, existed, op: null, pre: 0, post: 0, order: 0 };
}

/**
 * Lays a change over what the ledger did to the key before. An entry that the ledger itself made and removed at once leaves no
 * trace; one that was there before is removed whatever happened in between (GAP-17).
 * @param order null for a change of a transaction as a whole, which has no place of its own in the reference implementation's order
 */
function fold(folded: Folded<unknown, unknown>, change: Change, order: number | null): void {
  const removes = change.post === 0;
  if (removes && !folded.existed && folded.op === "ADD") folded.op = null;
  else folded.op = removes ? "REMOVE" : change.pre === 0 ? "ADD" : "UPDATE";
  folded.pre = change.pre;
  folded.post = change.post;
  folded.order = order ?? folded.order;
}

/** Folds by a key of one part (the second is null) or two, kept in the order in which keys were met. */
export class FoldTable<First, Second = null> {
  readonly #folds: Folded<First, Second>[] = [];
  readonly #byFirst = new Map<First, Folded<First, Second>>();
  /** Of keys of two parts: those whose first part `#byFirst` has with another second one. */
  readonly #byBoth = new Map<First, Map<Second, Folded<First, Second>>>();

  add(first: First, second: Second, change: Change, order: number | null): void {
    fold(this.#at(first, second, change), change, order);
  }

  #at(first: First, second: Second, change: Change): Folded<First, Second> {
    const known = this.#byFirst.get(first);
    // Most first parts come with one second part.
    if (known?.second === second) return known;
    if (!known) {
      const folded = this.#begin(first, second, change);
      this.#byFirst.set(first, folded);
      return folded;
    }
    let others = this.#byBoth.get(first);
    if (!others) this.#byBoth.set(first, (others = new Map()));
    let folded = others.get(second);
    if (!folded) others.set(second, (folded = this.#begin(first, second, change)));
    return folded;
  }

  #begin(first: First, second: Second, change: Change): Folded<First, Second> {
    const folded = unfolded(first, second, change);
    this.#folds.push(folded);
    return folded;
  }

  /** Every key with a row to write. */
  rows(): FoldedRow<First, Second>[] {
    return this.#folds.filter((folded): folded is FoldedRow<First, Second> => folded.op !== null);
  }
}
