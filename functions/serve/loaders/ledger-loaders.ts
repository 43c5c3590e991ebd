import type { Snapshot } from "../database/snapshot.ts";
import { type LedgerNode, ledgerNode } from "../nodes/ledger.ts";
import { ledgerEnds, type LedgerEnds, type LedgerGap, ledgerGaps, ledgersBySequence } from "../queries/ledgers.ts";
import { Batcher } from "./batcher.ts";
import type { Budget } from "./budget.ts";

/** Gaps that are listed at most. */
const MAX_GAPS = 100;
/** Counting ledgers by their index is so much cheaper than reading rows. */
const LEDGERS_A_ROW = 1_000;
/** What the count costs at most, in rows, however long the history is. */
const MOST_ROWS = 5_000;

/** What a request loads of ledgers: each once. */
export class LedgerLoaders {
  readonly #snapshot: Snapshot;
  readonly #budget: Budget;
  /** By sequence. */
  readonly bySequence: Batcher<{ id: string }, LedgerNode>;
  #ends: Promise<LedgerEnds> | null = null;
  #gaps: Promise<LedgerGap[]> | null = null;

  constructor(snapshot: Snapshot, budget: Budget) {
    this.#snapshot = snapshot;
    this.#budget = budget;
    this.bySequence = new Batcher(async (keys) => {
      budget.read(keys.length);
      const sequences = keys.map(({ id }) => id);
      return new Map((await ledgersBySequence(snapshot, sequences)).map((row) => [String(row.sequence), ledgerNode(row)]));
    });
  }

  /** The oldest or the latest ledger whose history is here; null before the first. */
  async atEnd(end: keyof LedgerEnds): Promise<LedgerNode | null> {
    const sequence = (await this.#readEnds())[end];
    return sequence === null ? null : ((await this.bySequence.load({ id: String(sequence) })) ?? null);
  }

  /** Ledgers that are missing between them. */
  gaps(): Promise<LedgerGap[]> {
    return (this.#gaps ??= this.#readGaps());
  }

  async #readGaps(): Promise<LedgerGap[]> {
    const { oldest, latest } = await this.#readEnds();
    if (oldest === null || latest === null) return [];
    this.#budget.read(Math.min(MOST_ROWS, Math.ceil((latest - oldest + 1) / LEDGERS_A_ROW)));
    return ledgerGaps(this.#snapshot, oldest, latest, MAX_GAPS);
  }

  #readEnds(): Promise<LedgerEnds> {
    if (this.#ends === null) {
      this.#budget.read(1);
      this.#ends = ledgerEnds(this.#snapshot);
    }
    return this.#ends;
  }
}
