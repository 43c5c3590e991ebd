import type { Database } from "../../shared/database/session.ts";

/** Rows removed at once; some milliseconds. An invocation a minute removes 1.4 million a day. */
const BATCH = 1_000;

/**
 * Removes allowances that have expired, the oldest first. None of them is shown any more.
 * @param ledger the newest: what expires with it can still be used
 * @returns how many
 */
export async function sweepAllowances(sql: Database, ledger: number): Promise<number> {
  const { count } = await sql`
    delete from sep41_allowances where ctid = any (array(
      select ctid from sep41_allowances where expiration_ledger < ${ledger} order by expiration_ledger limit ${BATCH}))`;
  return count;
}
