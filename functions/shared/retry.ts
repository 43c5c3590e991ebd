import { setTimeout as sleep } from "node:timers/promises";

/** A failure that may pass: the same may succeed when it is done again. */
export class TransientError extends Error {
  override readonly name = "TransientError";
  /** What the server asks to wait (`Retry-After`), milliseconds; null when it does not. */
  readonly retryAfterMs: number | null;

  constructor(message: string, retryAfterMs: number | null = null, options?: ErrorOptions) {
    super(message, options);
    this.retryAfterMs = retryAfterMs;
  }
}

/** How the waits between attempts grow, in any unit of time. */
interface BackOff {
  /** The wait after the first failure. */
  first: number;
  /** No wait is longer. */
  longest: number;
  /** By how much each wait is longer than the one before; 2 by default. */
  factor?: number;
}

/** The wait after so many failures in a row (from 1 on), in the unit of `first`. */
export function backOff(failures: number, { first, longest, factor = 2 }: BackOff): number {
  return Math.min(longest, first * factor ** (failures - 1));
}

/** Three to four quarters of a wait, at random, so that many clients do not come back at once. */
export function jitter(wait: number): number {
  return wait * (0.75 + Math.random() / 4);
}

/** How often and how long to try. */
interface RetryOptions {
  signal: AbortSignal;
  /** Attempts in all. The next invocation tries again, so more of them here only cost time. */
  attempts: number;
  /** Wait after the first failure, milliseconds; doubled with each further one. */
  pauseMs: number;
  /** Called before each wait. */
  onRetry?: ((error: TransientError) => void) | undefined;
}

/** No wait is longer, milliseconds, whatever a server asks for. */
const LONGEST_PAUSE_MS = 3_000;

/**
 * Runs until it succeeds, but tries again only after a `TransientError`, with growing waits in between.
 * @throws what the last attempt threw; the signal's reason when it aborts during a wait
 */
export async function retry<T>(run: () => Promise<T>, { signal, attempts, pauseMs, onRetry }: RetryOptions): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof TransientError) || attempt >= attempts) throw error;
      onRetry?.(error);
      const waitMs = jitter(backOff(attempt, { first: pauseMs, longest: LONGEST_PAUSE_MS }));
      await sleep(Math.min(LONGEST_PAUSE_MS, Math.max(waitMs, error.retryAfterMs ?? 0)), undefined, { signal });
    }
  }
}
