import type { Snapshot } from "../database/snapshot.ts";

/** How far ingestion has come. */
export interface LatestLedger {
  ledger: number | null;
  /** Text form of bytea. */
  ledger_hash: string | null;
  protocol_version: number | null;
  closed_at: string | null;
  network_tip: number | null;
  /** The oldest ledger that was written by code which did not know its protocol; null: none. */
  newer_protocol_from: number | null;
  /** Seconds since it closed, by the database's clock. */
  age: number | null;
}

export async function latestLedger(snapshot: Snapshot): Promise<LatestLedger | null> {
  const rows = await snapshot.query<LatestLedger>(
    (sql) => sql`
      select ledger, ledger_hash, protocol_version, closed_at, network_tip, newer_protocol_from, extract(epoch from now() - closed_at)::float8 as age from cursors where name = 'latest'`,
  );
  return rows[0] ?? null;
}
