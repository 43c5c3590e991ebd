import { setTimeout as sleep } from "node:timers/promises";
import type { Database } from "../../shared/database/session.ts";

/** Planning takes milliseconds; a statement that runs longer has its snapshot already and holds the same locks. */
const LONGEST_WAIT_MS = 2_000;
const PAUSE_MS = 5;

/**
 * Waits until the statements that use a history table now have ended, at most two seconds (docs/decisions/0007).
 *
 * A statement is planned before it takes its snapshot. One that was planned before a partition was made, and takes its snapshot
 * after the partition's first ledger was committed, sees the ledger but not its history. A statement that is being
 * planned holds a lock on the table, and one that locks it later knows the new partition.
 */
export async function earlierStatements(sql: Database): Promise<void> {
  const [row] = await sql<{ holders: string }[]>`
    select coalesce(array_agg(distinct virtualtransaction), '{}') as holders from pg_locks
    where locktype = 'relation' and pid <> pg_backend_pid() and database = (select oid from pg_database where datname = current_database())
      and relation = any(array['transactions', 'account_links']::regclass[])`;
  const until = performance.now() + LONGEST_WAIT_MS;
  while (performance.now() < until) {
    // A transaction holds the lock on its own number to its end.
    const [left] = await sql`select 1 from pg_locks where locktype = 'virtualxid' and virtualxid = any(${row!.holders}::text[]) limit 1`;
    if (!left) return;
    await sleep(PAUSE_MS);
  }
}
