import { INGEST_VARIABLES } from "../environment.ts";
import type { Database } from "../../shared/database/session.ts";
import { transact } from "../../shared/database/transaction.ts";

/** Ages from which on TimescaleDB keeps chunks in its columnstore, days; null: never (docs/decisions/0006-columnstore.md). */
export interface CompressionAges {
  afterDays: number | null;
  /** State changes have an age of their own: pages of accounts with few of them pay for every compressed chunk. */
  stateChangesAfterDays: number | null;
}

/** What the migrations apply (migrations/timescale/0009-columnstore.sql). */
export const DEFAULT_COMPRESSION: CompressionAges = {
  afterDays: INGEST_VARIABLES.COMPRESS_AFTER_DAYS.default,
  stateChangesAfterDays: INGEST_VARIABLES.COMPRESS_STATE_CHANGES_AFTER_DAYS.default,
};

/**
 * Brings the compression policies to the configuration, once a change of it: what was applied is kept in
 * `maintenance_settings`. Call it under the ingest lock only. On PostgreSQL's own partitions it only remembers.
 * @returns true when something was applied
 */
export async function reconcileCompression(sql: Database, { afterDays, stateChangesAfterDays }: CompressionAges): Promise<boolean> {
  const wanted = JSON.stringify({ afterDays, stateChangesAfterDays });
  const [row] = await sql<{ same: boolean }[]>`
    select value = ${wanted}::text::jsonb as same from maintenance_settings where name = 'compression'`;
  if (row?.same) return false;
  await transact(sql, async () => {
    await sql`select set_columnstore(make_interval(days => ${afterDays}::integer), make_interval(days => ${stateChangesAfterDays}::integer))`;
    await sql`
      insert into maintenance_settings (name, value) values ('compression', ${wanted}::text::jsonb)
      on conflict (name) do update set value = excluded.value, applied_at = now()`;
  });
  return true;
}
