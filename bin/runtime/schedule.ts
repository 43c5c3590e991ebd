import { setTimeout as sleep } from "node:timers/promises";

/** What EventBridge does in the cloud: calls `invoke` every so often, never twice at once. */
interface Schedule {
  /** Milliseconds from one start to the next. */
  every: number;
  /** One invocation; must end soon after the signal aborts. */
  invoke: (signal: AbortSignal) => Promise<void>;
  /** An invocation that has failed; the next one comes at its time. */
  onError: (error: unknown) => void;
}

/** Runs until the signal aborts; resolves when the last invocation has ended. */
export async function runSchedule({ every, invoke, onError }: Schedule, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    // Not the clock of the day, which may be put back.
    const next = performance.now() + every;
    await invoke(signal).catch(onError);
    await sleep(Math.max(0, next - performance.now()), undefined, { signal }).catch(() => {});
  }
}
