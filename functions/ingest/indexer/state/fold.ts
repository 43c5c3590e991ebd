import type { Change } from "../../ledger/changes.ts";
import type { EntryOp } from "../rows.ts";

/** What a ledger did to one key. Offsets are word offsets of LedgerEntries. */
export interface Folded {
  /** Was the entry there before the ledger? Archived entries count: their rows stay in the tables. */
  existed: boolean;
  /** The last change, as the row shows it; null when the key nets to nothing. */
  op: EntryOp | null;
  /** State before the last change, 0 when there was none. */
  pre: number;
  /** State after the last change, 0 when the entry is gone. */
  post: number;
}

/** The folded state of a key that has not been met yet. */
export function unfolded(change: Change): Folded {
  return { existed: change.pre !== 0 || change.restored || change.post === 0, op: null, pre: 0, post: 0 };
}

/**
 * Lays a change over what the ledger did to the key before. An entry that the ledger itself made and removed at once leaves no
 * trace; one that was there before is removed whatever happened in between (GAP-17).
 * @param added how a new entry is called in this table
 */
export function fold(folded: Folded, change: Change, added: "CREATE" | "ADD"): void {
  const removes = change.post === 0;
  if (removes && !folded.existed && folded.op === added) folded.op = null;
  else folded.op = removes ? "REMOVE" : change.pre === 0 ? added : "UPDATE";
  folded.pre = change.pre;
  folded.post = change.post;
}

/** Folds by a key of one or two parts, kept in the order in which keys were met. */
export class FoldTable<First, Second = null> {
  readonly #folds = new Map<First, Map<Second, Folded>>();

  add(first: First, second: Second, change: Change, added: "CREATE" | "ADD"): void {
    let inner = this.#folds.get(first);
    if (!inner) this.#folds.set(first, (inner = new Map()));
    let folded = inner.get(second);
    if (!folded) inner.set(second, (folded = unfolded(change)));
    fold(folded, change, added);
  }

  /** Every key with a row to write. */
  *rows(): Generator<{ first: First; second: Second; op: EntryOp; pre: number; post: number }> {
    for (const [first, inner] of this.#folds) {
      for (const [second, { op, pre, post }] of inner) {
        if (op !== null) yield { first, second, op, pre, post };
      }
    }
  }
}
