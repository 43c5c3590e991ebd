import type { Database } from "../../shared/database.ts";

/** How a table's chunks are compressed on TimescaleDB: column lists as SQL has them. */
interface TableCompression {
  segmentby: string;
  orderby: string;
}

/**
 * No segments: by account they compress badly for the many accounts with few rows. The order keeps an account's rows together
 * where pages are read by account, and a transaction's where they are read by id (spec: persisting, section 6).
 */
const TABLES: Readonly<Record<string, TableCompression>> = {
  transactions: { segmentby: "", orderby: "to_id desc, ledger_created_at desc" },
  transactions_accounts: { segmentby: "", orderby: "account_key, ledger_created_at desc, tx_to_id desc" },
  operations: { segmentby: "", orderby: "id desc, ledger_created_at desc" },
  operations_accounts: { segmentby: "", orderby: "account_key, ledger_created_at desc, operation_id desc" },
  state_changes: { segmentby: "", orderby: "account_key, ledger_created_at desc, to_id desc, operation_id desc, state_change_id desc" },
};

/**
 * Brings the compression policies to the configuration, once a change of it: what was applied is kept in
 * `maintenance_settings`. Call it under the ingest lock only. On PostgreSQL's own partitions it does nothing.
 * @param afterDays age of a chunk that gets compressed; null: no policy
 * @returns true when something was applied
 */
export async function reconcileCompression(sql: Database, afterDays: number | null): Promise<boolean> {
  const wanted = JSON.stringify({ afterDays, tables: TABLES });
  const [row] = await sql<{ same: boolean }[]>`
    select value = ${wanted}::text::jsonb as same from maintenance_settings where name = 'compression'`;
  // A database that never had a policy, and shall have none, is left as its operator made it.
  if (row?.same ?? afterDays === null) return false;
  await sql.begin(async (tx) => {
    await tx`select apply_compression(${afterDays}::integer, ${JSON.stringify(TABLES)}::text::jsonb)`;
    await tx`
      insert into maintenance_settings (name, value) values ('compression', ${wanted}::text::jsonb)
      on conflict (name) do update set value = excluded.value, applied_at = now()`;
  });
  return true;
}
