/** Ledgers whose times are remembered: enough for a 95th percentile. */
const WINDOW = 200;
const SAFETY = 3;

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

  /** Milliseconds that one ledger's write may take at most: three quarters of the reserve, the rest is for the way out. */
  get ledgerMs(): number {
    return Math.ceil(this.#reserveMs * 0.75);
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
