import type { Database } from "../../shared/database/session.ts";

/** The newest ledger in the database and when it closed (seconds since 1970); null before the first. */
export async function readCursor(sql: Database): Promise<{ ledger: number; closedAt: number } | null> {
  const [row] = await sql<{ ledger: number | null; closedAt: string | null }[]>`
    select ledger, extract(epoch from closed_at)::bigint as "closedAt" from cursors where name = 'latest'`;
  return row?.ledger == null ? null : { ledger: row.ledger, closedAt: Number(row.closedAt) };
}
