import type { Snapshot } from "../database/snapshot.ts";
import { type HistoryKey, idArray, keysByDay, timeArray } from "./days.ts";

/** A transaction with everything that belongs to it, packed (docs/history-format.md). */
export interface TransactionRow {
  to_id: string;
  ledger_created_at: string;
  ingested_at: string;
  hash: string;
  /** Text form of bytea. */
  payload: string;
}

/** One transaction. */
export async function transactionByKey(snapshot: Snapshot, key: HistoryKey): Promise<TransactionRow | null> {
  const rows = await snapshot.query<TransactionRow>(
    (sql) => sql`
      select to_id, ledger_created_at, ingested_at, hash, payload from transactions where to_id = ${key.id} and ledger_created_at = ${key.time}`,
  );
  return rows[0] ?? null;
}

/** Transactions by id; missing ones are absent. */
export async function transactionsByKey(snapshot: Snapshot, keys: readonly HistoryKey[]): Promise<TransactionRow[]> {
  const days = keysByDay(keys);
  if (days === null) {
    return snapshot.query<TransactionRow>(
      (sql) => sql`
        select t.to_id, t.ledger_created_at, t.ingested_at, t.hash, t.payload
        from unnest(${idArray(keys)}::bigint[], ${timeArray(keys)}::timestamptz[]) k (id, at)
        cross join lateral (select * from transactions t where t.to_id = k.id and t.ledger_created_at = k.at limit 1) t`,
    );
  }
  const statements = days.map((day) =>
    snapshot.query<TransactionRow>((sql) => {
      if (day.isSparse) {
        return sql`
          select t.to_id, t.ledger_created_at, t.ingested_at, t.hash, t.payload from unnest(${day.ids}::bigint[]) k (id)
          cross join lateral (
            select * from transactions t where t.to_id = k.id and t.ledger_created_at >= ${day.earliest} and t.ledger_created_at <= ${day.latest} limit 1) t`;
      }
      return sql`
        select to_id, ledger_created_at, ingested_at, hash, payload from transactions
        where to_id = any (${day.ids}::bigint[]) and to_id >= ${day.lowestId} and to_id <= ${day.highestId}
          and ledger_created_at >= ${day.earliest} and ledger_created_at <= ${day.latest}`;
    }),
  );
  return (await Promise.all(statements)).flat();
}
