import type { Database } from "../../shared/database/session.ts";
import { earlierStatements } from "./earlier-statements.ts";

const SECONDS_A_DAY = 86_400;
/** The ledger's own day, and two more, so that midnight never waits for a partition. */
const DAYS_AHEAD = 2;

/** The UTC day of a time (seconds since 1970), counted from 1970. */
export function dayOf(seconds: number): number {
  return Math.floor(seconds / SECONDS_A_DAY);
}

/** A day counted from 1970 as PostgreSQL reads it, e.g. `2026-01-31`. */
export function dateOf(day: number): string {
  return new Date(day * SECONDS_A_DAY * 1000).toISOString().slice(0, 10);
}

/**
 * Makes the partitions of a ledger's day and the next two, and waits for the statements that do not know the new ones, so that
 * no reader sees a ledger without its history.
 * @param made days that are known to have theirs; added to
 */
export async function makePartitionsAhead(sql: Database, closedAt: number, made: Set<number>): Promise<void> {
  const today = dayOf(closedAt);
  let tables = 0;
  for (let day = today; day <= today + DAYS_AHEAD; day++) {
    if (made.has(day)) continue;
    const [row] = await sql<{ tables: number }[]>`select create_day_partitions(${dateOf(day)}::date) as tables`;
    tables += row!.tables;
    made.add(day);
  }
  if (tables > 0) await earlierStatements(sql);
}
