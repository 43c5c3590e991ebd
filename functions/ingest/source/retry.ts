import { setTimeout as sleep } from "node:timers/promises";
import { TransientError } from "./http-request.ts";

/** How often and how long to try. */
export interface RetryOptions {
  signal: AbortSignal;
  /** Tries in all. The next invocation tries again, so that patience here only costs time. */
  attempts: number;
  /** Pause after the first failure, milliseconds; doubled with each further one. */
  pauseMs: number;
  /** Called before each pause. */
  onRetry?: ((error: TransientError) => void) | undefined;
}

/** No pause is longer, whatever a server asks for. */
const LONGEST_PAUSE_MS = 3_000;

/**
 * Runs until it succeeds, but tries again only after a `TransientError`. Pauses grow and are jittered (half fixed, half random),
 * so that many clients do not come back at once.
 * @throws what the last try threw; the signal's reason when it aborts during a pause
 */
export async function withRetries<T>(run: () => Promise<T>, { signal, attempts, pauseMs, onRetry }: RetryOptions): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof TransientError) || attempt >= attempts) throw error;
      onRetry?.(error);
      const grown = pauseMs * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
      await sleep(Math.min(LONGEST_PAUSE_MS, Math.max(grown, error.retryAfterMs ?? 0)), undefined, { signal });
    }
  }
}
