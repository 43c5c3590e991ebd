import { setTimeout as sleep } from "node:timers/promises";
import { backOff } from "../../functions/shared/retry.ts";

/** What EventBridge does in the cloud: calls `invoke` every so often, never twice at once. */
interface Schedule {
  /** Milliseconds from one start to the next. */
  every: number;
  /** Waits after failures in a row, milliseconds; a second, doubled up to five, by default. */
  retry?: { first: number; longest: number };
  /** One invocation; must end soon after the signal aborts. */
  invoke: (signal: AbortSignal) => Promise<void>;
  /** An invocation that has failed; the next one comes at its time or after `retry`, whichever is sooner. */
  onError: (error: unknown) => void;
}

/** Whoever looks on must not wait a minute for a database that is back; EventBridge has no such retry, since nobody does there. */
const RETRY = { first: 1_000, longest: 5_000 };

/** Runs until the signal aborts; resolves when the last invocation has ended. */
export async function runSchedule({ every, retry = RETRY, invoke, onError }: Schedule, signal: AbortSignal): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    // Not the clock of the day, which may be put back.
    const next = performance.now() + every;
    let wait: number;
    try {
      await invoke(signal);
      failures = 0;
      wait = next - performance.now();
    } catch (error) {
      onError(error);
      wait = Math.min(next - performance.now(), backOff(++failures, retry));
    }
    await sleep(Math.max(0, wait), undefined, { signal }).catch(() => {});
  }
}
