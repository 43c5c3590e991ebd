import type { Database } from "../../shared/database/session.ts";

/**
 * By how much the database's clock is ahead of ours, whole seconds; negative: behind. What outlives an invocation or is compared
 * with the database's times (deadlines, back-off, ages, records) counts by the database's clock: all invocations share it, and a
 * machine whose own clock is wrong does no harm.
 */
export async function databaseAhead(sql: Database): Promise<number> {
  const before = Date.now();
  const [row] = await sql<{ now: string }[]>`select (extract(epoch from clock_timestamp()) * 1000)::bigint as now`;
  const ours = (before + Date.now()) / 2;
  return Math.round((Number(row!.now) - ours) / 1000);
}
