import { connectDatabase, type Database } from "../../shared/database/session.ts";
import { TimeoutError, withTimeout } from "../../shared/timeout.ts";

/** Bound of everything before the first ledger and after the last, each, milliseconds. */
const STEP_MS = 15_000;

/** A session whose process may vanish at any time: the server ends it by itself within about a minute. */
export function openIngestSession(url: string, name: string): Database {
  return connectDatabase(url, {
    applicationName: name,
    statementTimeout: STEP_MS,
    lockTimeout: 5_000,
    idleInTransactionTimeout: 30_000,
    idleSessionTimeout: 60_000,
  });
}

/**
 * What the session gives, in time. Statements without a response end the session, so that nothing waits behind them.
 * @param what for the error's message, e.g. "taking the lock"
 * @throws TimeoutError
 */
export async function bounded<T>(sql: Database, what: string, promise: Promise<T>, milliseconds = STEP_MS): Promise<T> {
  try {
    return await withTimeout(milliseconds, what, promise);
  } catch (error) {
    if (error instanceof TimeoutError) void sql.end({ timeout: 0 }).catch(() => {});
    throw error;
  }
}
