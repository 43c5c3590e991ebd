import { backOff } from "../../shared/retry.ts";
import type { CodeIdentity, StoredFailure } from "./failure-record.ts";

/** Attempts at a poison ledger that come at every trigger: the cause may be a bad download, or an operator at work. */
const EAGER_ATTEMPTS = 10;
/** Milliseconds between two later attempts. */
const PAUSES = { first: 60_000, longest: 60 * 60_000 };

/**
 * When a poison ledger may be tried again by the database's clock, milliseconds since 1970; 0: now. After 10 attempts the pause
 * doubles from a minute to an hour. Other code may succeed, so a new code version tries at once, and so does
 * code that knows a later protocol, whatever it is called.
 */
export function nextAttemptAt(failure: StoredFailure, { codeVersion, knownProtocol }: CodeIdentity): number {
  if (!failure.poison || failure.codeVersion !== codeVersion || failure.knownProtocol < knownProtocol || failure.attempts < EAGER_ATTEMPTS)
    return 0;
  return failure.lastAt + backOff(failure.attempts - EAGER_ATTEMPTS + 1, PAUSES);
}
