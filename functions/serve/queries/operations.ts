import type { Snapshot } from "../database/snapshot.ts";
import { nextTransaction, toNextTransaction } from "../../shared/columns/toid.ts";
import type { Page } from "../pagination/page.ts";
import { type HistoryKey, idArray, keysByDay, timeArray } from "./days.ts";

export interface OperationRow {
  id: string;
  ledger_created_at: string;
  ledger_number: number;
  successful: boolean;
  operation_type: string;
  result_code: string;
  operation_xdr: string;
  accounts: string;
  ingested_at: string;
}

/** One operation. */
export async function operationByKey(snapshot: Snapshot, key: HistoryKey): Promise<OperationRow | null> {
  const rows = await snapshot.query<OperationRow>(
    (sql) => sql`
      select id, ledger_created_at, ledger_number, successful, operation_type, result_code, operation_xdr, accounts, ingested_at
      from operations where id = ${key.id} and ledger_created_at = ${key.time}`,
  );
  return rows[0] ?? null;
}

/** Operations by id; missing ones are absent. */
export async function operationsByKey(snapshot: Snapshot, keys: readonly HistoryKey[]): Promise<Map<string, OperationRow>> {
  const days = keysByDay(keys);
  const reads =
    days === null
      ? [
          snapshot.query<OperationRow>(
            (sql) => sql`
              select o.id, o.ledger_created_at, o.ledger_number, o.successful, o.operation_type, o.result_code, o.operation_xdr, o.accounts, o.ingested_at
              from unnest(${idArray(keys)}::bigint[], ${timeArray(keys)}::timestamptz[]) k (id, at)
              cross join lateral (select * from operations o where o.id = k.id and o.ledger_created_at = k.at limit 1) o`,
          ),
        ]
      : days.map((day) =>
          snapshot.query<OperationRow>(
            (sql) => sql`
              select id, ledger_created_at, ledger_number, successful, operation_type, result_code, operation_xdr, accounts, ingested_at
              from operations
              where id = any (${day.ids}::bigint[]) and id >= ${day.lowestId} and id <= ${day.highestId}
                and ledger_created_at >= ${day.earliest} and ledger_created_at <= ${day.latest}`,
          ),
        );
  return new Map((await Promise.all(reads)).flat().map((row) => [row.id, row]));
}

/**
 * A page of the operations of each transaction, in the direction of travel, one more than asked for if there is one.
 * `page.cursor` is an operation id.
 */
export function operationsOfTransactions(
  snapshot: Snapshot,
  transactions: readonly HistoryKey[],
  page: Page<string>,
): Promise<OperationRow[]> {
  const limit = page.limit + 1;
  if (transactions.length === 1) {
    const { id, time } = transactions[0]!;
    return snapshot.query<OperationRow>((sql) => {
      const keyset = page.cursor === null ? sql`` : page.backward ? sql`and id < ${page.cursor}` : sql`and id > ${page.cursor}`;
      // Fenced: to merge all chunks in the order of their index, TimescaleDB would look into each.
      return sql`
        select * from (
          select id, ledger_created_at, ledger_number, successful, operation_type, result_code, operation_xdr, accounts, ingested_at
          from operations
          where ledger_created_at = ${time} and id > ${id} and id < ${nextTransaction(id)} ${keyset}
          offset 0
        ) o
        order by id ${page.backward ? sql`desc` : sql``} limit ${limit}`;
    });
  }
  return snapshot.query<OperationRow>((sql) => {
    const keyset = page.cursor === null ? sql`` : page.backward ? sql`and o.id < ${page.cursor}` : sql`and o.id > ${page.cursor}`;
    return sql`
      select o.id, o.ledger_created_at, o.ledger_number, o.successful, o.operation_type, o.result_code, o.operation_xdr, o.accounts, o.ingested_at
      from unnest(${idArray(transactions)}::bigint[], ${timeArray(transactions)}::timestamptz[]) k (id, at)
      cross join lateral (
        select * from (
          select * from operations o
          where o.ledger_created_at = k.at and o.id > k.id and o.id < k.id ${toNextTransaction(sql)} ${keyset}
          offset 0
        ) o
        order by o.id ${page.backward ? sql`desc` : sql``} limit ${limit}
      ) o`;
  });
}
