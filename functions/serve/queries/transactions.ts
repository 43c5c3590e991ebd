import type { Snapshot } from "../database/snapshot.ts";
import { type HistoryKey, idArray, keysByDay, timeArray } from "./days.ts";

export interface TransactionRow {
  to_id: string;
  ledger_created_at: string;
  ledger_number: number;
  fee_charged: string;
  is_fee_bump: boolean;
  hash: string;
  result_code: string;
  accounts: string;
  ingested_at: string;
}

/** One transaction. */
export async function transactionByKey(snapshot: Snapshot, key: HistoryKey): Promise<TransactionRow | null> {
  const rows = await snapshot.query<TransactionRow>(
    (sql) => sql`
      select to_id, ledger_created_at, ledger_number, fee_charged, is_fee_bump, hash, result_code, accounts, ingested_at
      from transactions where to_id = ${key.id} and ledger_created_at = ${key.time}`,
  );
  return rows[0] ?? null;
}

/** Transactions by id; missing ones are absent. */
export async function transactionsByKey(snapshot: Snapshot, keys: readonly HistoryKey[]): Promise<Map<string, TransactionRow>> {
  const days = keysByDay(keys);
  const reads =
    days === null
      ? [
          snapshot.query<TransactionRow>(
            (sql) => sql`
              select t.to_id, t.ledger_created_at, t.ledger_number, t.fee_charged, t.is_fee_bump, t.hash, t.result_code, t.accounts, t.ingested_at
              from unnest(${idArray(keys)}::bigint[], ${timeArray(keys)}::timestamptz[]) k (id, at)
              cross join lateral (select * from transactions t where t.to_id = k.id and t.ledger_created_at = k.at limit 1) t`,
          ),
        ]
      : days.map((day) =>
          snapshot.query<TransactionRow>(
            (sql) => sql`
              select to_id, ledger_created_at, ledger_number, fee_charged, is_fee_bump, hash, result_code, accounts, ingested_at
              from transactions
              where to_id = any (${day.ids}::bigint[]) and to_id >= ${day.lowestId} and to_id <= ${day.highestId}
                and ledger_created_at >= ${day.earliest} and ledger_created_at <= ${day.latest}`,
          ),
        );
  return new Map((await Promise.all(reads)).flat().map((row) => [row.to_id, row]));
}
