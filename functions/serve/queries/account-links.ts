import type { HistoryCursor } from "../pagination/cursors.ts";
import type { TimeRange } from "../pagination/time-range.ts";
import type { Lane } from "../lanes.ts";
import type { Snapshot } from "../snapshot.ts";
import type { AccountKey } from "../values/addresses.ts";
import { nextTransaction } from "../values/toid.ts";
import type { HistoryKey } from "./days.ts";

/** What to read of an account's history: from where, which way, how much. */
export interface LinkRange {
  account: AccountKey;
  range: TimeRange;
  cursor: HistoryCursor | null;
  backward: boolean;
  limit: number;
}

/** Bounds on the close time; each is its own condition, so that it can choose partitions. */
export function timeBounds(sql: Lane, { since, until }: TimeRange) {
  return sql`${since === null ? sql`` : sql`and ledger_created_at >= ${since}`} ${until === null ? sql`` : sql`and ledger_created_at <= ${until}`}`;
}

/**
 * Ids of the transactions that may be the account's, in the direction of travel. The index key is 8 bytes of the address:
 * the caller compares the full address with the participants of the transaction.
 */
export function transactionLinks(snapshot: Snapshot, { account, range, cursor, backward, limit }: LinkRange): Promise<HistoryKey[]> {
  return snapshot.query<HistoryKey>((sql) => {
    // The plain time bound comes first: the OR alone would walk from the end of history.
    const keyset =
      cursor === null
        ? sql``
        : backward
          ? sql`and ledger_created_at <= ${cursor.time} and (ledger_created_at < ${cursor.time} or tx_to_id < ${cursor.id})`
          : sql`and ledger_created_at >= ${cursor.time} and (ledger_created_at > ${cursor.time} or tx_to_id > ${cursor.id})`;
    return sql`
      select ledger_created_at as time, tx_to_id as id from transactions_accounts
      where account_key = ${account.key} ${timeBounds(sql, range)} ${keyset}
      order by ${backward ? sql`ledger_created_at desc, tx_to_id desc` : sql`ledger_created_at, tx_to_id`} limit ${limit}`;
  });
}

/** The same of operations. */
export function operationLinks(snapshot: Snapshot, { account, range, cursor, backward, limit }: LinkRange): Promise<HistoryKey[]> {
  return snapshot.query<HistoryKey>((sql) => {
    const keyset =
      cursor === null
        ? sql``
        : backward
          ? sql`and ledger_created_at <= ${cursor.time} and (ledger_created_at < ${cursor.time} or operation_id < ${cursor.id})`
          : sql`and ledger_created_at >= ${cursor.time} and (ledger_created_at > ${cursor.time} or operation_id > ${cursor.id})`;
    return sql`
      select ledger_created_at as time, operation_id as id from operations_accounts
      where account_key = ${account.key} ${timeBounds(sql, range)} ${keyset}
      order by ${backward ? sql`ledger_created_at desc, operation_id desc` : sql`ledger_created_at, operation_id`} limit ${limit}`;
  });
}

/** Operations that may be the account's in the transactions from `first` to `last`: one range of its own index. */
export function operationLinksBetween(snapshot: Snapshot, account: AccountKey, first: HistoryKey, last: HistoryKey): Promise<HistoryKey[]> {
  return snapshot.query<HistoryKey>(
    (sql) => sql`
      select ledger_created_at as time, operation_id as id from operations_accounts
      where account_key = ${account.key} and ledger_created_at >= ${first.time} and ledger_created_at <= ${last.time}
        and operation_id > ${first.id} and operation_id < ${nextTransaction(last.id)}`,
  );
}
