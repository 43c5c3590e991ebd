import type { WriteLimit } from "../persist/write-limit.ts";

/** Ledgers whose times are remembered: enough for a 95th percentile. */
const WINDOW = 200;
const SAFETY = 3;

/** A write that was given too little time gets so many times as much. */
const GROWTH = 2;

/**
 * The time that an invocation has. A ledger is begun only when it can finish: with `reserveMs` left, and with three times
 * what 95 of 100 ledgers of this invocation took.
 */
export class TimeBudget {
  readonly deadline: number;
  readonly #reserveMs: number;
  readonly #took: number[] = [];
  #seen = 0;
  #slow = 0;

  /** @param deadline milliseconds since 1970 @param reserveMs least time for one ledger and the way out */
  constructor(deadline: number, reserveMs: number) {
    this.deadline = deadline;
    this.#reserveMs = reserveMs;
  }

  /** Milliseconds that one ledger's write may take as a rule: three quarters of the reserve, the rest is for the way out. */
  get ledgerMs(): number {
    return Math.ceil(this.#reserveMs * 0.75);
  }

  /**
   * What a ledger's write may take now. A ledger that has exceeded a limit gets twice as much, and in an invocation of slow ledgers
   * the next one gets three times what 95 of 100 took, up to all of the time but that for the way out.
   * @param timedOutMs the longest limit that the ledger has exceeded; null: none
   */
  writeLimit(timedOutMs: number | null): Pick<WriteLimit, "milliseconds" | "isLongest"> {
    const wantedMs = Math.max(this.ledgerMs, this.#slow, GROWTH * (timedOutMs ?? 0));
    const mostMs = Math.max(this.ledgerMs, this.deadline - Date.now() - (this.#reserveMs - this.ledgerMs));
    return { milliseconds: Math.ceil(Math.min(wantedMs, mostMs)), isLongest: wantedMs >= mostMs };
  }

  /** Milliseconds until no further ledger may be begun; negative when that time has passed. */
  get left(): number {
    return this.deadline - Date.now() - Math.max(this.#reserveMs, this.#slow);
  }

  /** Remembers how long a ledger took. */
  add(milliseconds: number): void {
    this.#took[this.#seen++ % WINDOW] = milliseconds;
    const sorted = this.#took.toSorted((a, b) => a - b);
    this.#slow = SAFETY * sorted[Math.floor((sorted.length - 1) * 0.95)]!;
  }
}
