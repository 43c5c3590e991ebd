import { INGEST_VARIABLES } from "../environment.ts";
import type { Database } from "../../shared/database/session.ts";
import { transact } from "../../shared/database/transaction.ts";

/** What the migrations apply (migrations/timescale/0009-columnstore.sql). */
export const DEFAULT_COMPRESS_AFTER_DAYS: number | null = INGEST_VARIABLES.COMPRESS_AFTER_DAYS.default;

/**
 * Brings the compression job to the configuration, once a change of it: what was applied is kept in
 * `maintenance_settings`. Call it under the ingest lock only. On PostgreSQL's own partitions it only remembers.
 * @param afterDays age from which on TimescaleDB keeps chunks in its columnstore; null: never (docs/decisions/0006-columnstore.md)
 * @returns true when something was applied
 */
export async function reconcileCompression(sql: Database, afterDays: number | null): Promise<boolean> {
  const wanted = JSON.stringify({ afterDays });
  const [row] = await sql<{ same: boolean }[]>`
    select value = ${wanted}::text::jsonb as same from maintenance_settings where name = 'compression'`;
  if (row?.same) return false;
  await transact(sql, async () => {
    await sql`select set_columnstore(make_interval(days => ${afterDays}::integer))`;
    await sql`
      insert into maintenance_settings (name, value) values ('compression', ${wanted}::text::jsonb)
      on conflict (name) do update set value = excluded.value, applied_at = now()`;
  });
  return true;
}
