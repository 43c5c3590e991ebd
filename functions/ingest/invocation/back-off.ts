import type { StoredFailure } from "./failure-record.ts";

/** So often a poison ledger is tried at every trigger: the cause may be a bad download, or an operator at work. */
const EAGER_ATTEMPTS = 10;
const MINUTE_MS = 60_000;
const LONGEST_MS = 60 * MINUTE_MS;

/**
 * When a poison ledger may be tried again by the database's clock, milliseconds since 1970; 0: now. After 10 attempts the pause
 * doubles from a minute to an hour. Other code may succeed, so a new code version tries at once.
 */
export function nextAttemptAt(failure: StoredFailure, codeVersion: string): number {
  if (!failure.poison || failure.codeVersion !== codeVersion || failure.attempts < EAGER_ATTEMPTS) return 0;
  return failure.lastAt + Math.min(LONGEST_MS, MINUTE_MS * 2 ** (failure.attempts - EAGER_ATTEMPTS));
}
