import type { HistoryCursor } from "../pagination/cursors.ts";
import type { TimeRange } from "../pagination/time-range.ts";
import type { Fragment, DatabaseConnection } from "../database/connection.ts";
import type { Snapshot } from "../database/snapshot.ts";
import type { AccountKey } from "../values/addresses.ts";
import { nextTransaction, toNextTransaction } from "../../shared/columns/toid.ts";
import { accountKeys } from "./accounts.ts";
import { type HistoryKey, idArray, timeArray } from "./days.ts";

/** The two kinds of history that an account has links to. */
export type HistoryTable = "transactions" | "operations";

/** What to read of an account's history: from where, which way, how much. */
export interface LinkRange {
  range: TimeRange;
  cursor: HistoryCursor | null;
  backward: boolean;
  limit: number;
}

/** A link and whose it is: the account's place in the list that was asked for, from 1. */
type AccountLink = HistoryKey & { ordinal: number };

/** Bounds on the close time; each is its own condition, so that it can choose partitions. */
export function timeBounds(sql: DatabaseConnection, { since, until }: TimeRange) {
  return sql`${since === null ? sql`` : sql`and ledger_created_at >= ${since}`} ${until === null ? sql`` : sql`and ledger_created_at <= ${until}`}`;
}

/** A link row holds all ids that an account has in one ledger. */
function linkRows(sql: DatabaseConnection, table: HistoryTable) {
  return table === "transactions"
    ? sql`transactions_accounts cross join unnest(tx_to_ids) ids (id)`
    : sql`operations_accounts cross join unnest(operation_ids) ids (id)`;
}

/** Links of the account whose key is the fragment. The plain time bound comes first: the OR alone would walk from the end of history. */
function links(sql: DatabaseConnection, table: HistoryTable, key: Fragment, { range, cursor, backward, limit }: LinkRange) {
  const keyset =
    cursor === null
      ? sql``
      : backward
        ? sql`and ledger_created_at <= ${cursor.time} and (ledger_created_at < ${cursor.time} or id < ${cursor.id})`
        : sql`and ledger_created_at >= ${cursor.time} and (ledger_created_at > ${cursor.time} or id > ${cursor.id})`;
  return sql`
    select ledger_created_at as time, id from ${linkRows(sql, table)}
    where account_key = ${key} ${timeBounds(sql, range)} ${keyset}
    order by ${backward ? sql`ledger_created_at desc, id desc` : sql`ledger_created_at, id`} limit ${limit}`;
}

/**
 * Ids of the transactions or operations that may be the accounts', each account's in the direction of travel. The index key
 * is 8 bytes of the address: the caller compares the full address with the participants of the row.
 */
export function linksOfAccounts(
  snapshot: Snapshot,
  table: HistoryTable,
  accounts: readonly AccountKey[],
  range: LinkRange,
): Promise<AccountLink[]> {
  return snapshot.query<AccountLink>((sql) => {
    if (accounts.length === 1) return sql`select 1 as ordinal, l.* from (${links(sql, table, sql`${accounts[0]!.key}`, range)}) l`;
    const order = range.backward ? sql`l.time desc, l.id desc` : sql`l.time, l.id`;
    return sql`
      select k.ordinal::integer, l.* from unnest(${accountKeys(accounts)}::bigint[]) with ordinality k (key, ordinal)
      cross join lateral (${links(sql, table, sql`k.key`, range)}) l order by k.ordinal, ${order}`;
  });
}

/** A stretch of an account's history: its transactions from `first` to `last`. */
export interface AccountStretch {
  readonly account: AccountKey;
  readonly first: HistoryKey;
  readonly last: HistoryKey;
}

/** Operations that may be the accounts' in their stretches: one range of the accounts' own index each. */
export function operationLinksOfStretches(snapshot: Snapshot, stretches: readonly AccountStretch[]): Promise<AccountLink[]> {
  return snapshot.query<AccountLink>((sql) => {
    if (stretches.length === 1) {
      const { account, first, last } = stretches[0]!;
      return sql`
        select 1 as ordinal, ledger_created_at as time, id from ${linkRows(sql, "operations")}
        where account_key = ${account.key} and ledger_created_at >= ${first.time} and ledger_created_at <= ${last.time}
          and id > ${first.id} and id < ${nextTransaction(last.id)}`;
    }
    const firsts = stretches.map((stretch) => stretch.first);
    const lasts = stretches.map((stretch) => stretch.last);
    return sql`
      select k.ordinal::integer, l.ledger_created_at as time, l.id
      from unnest(
        ${accountKeys(stretches.map((stretch) => stretch.account))}::bigint[], ${timeArray(firsts)}::timestamptz[],
        ${timeArray(lasts)}::timestamptz[], ${idArray(firsts)}::bigint[], ${idArray(lasts)}::bigint[]
      ) with ordinality k (key, earliest, latest, first, last, ordinal)
      cross join lateral (
        select ledger_created_at, id from ${linkRows(sql, "operations")}
        where account_key = k.key and ledger_created_at >= k.earliest and ledger_created_at <= k.latest
          and id > k.first and id < k.last ${toNextTransaction(sql)}
      ) l`;
  });
}
