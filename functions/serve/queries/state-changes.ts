import type { StateChangeCursor } from "../pagination/cursors.ts";
import type { Page } from "../pagination/page.ts";
import type { TimeRange } from "../pagination/time-range.ts";
import type { DatabaseConnection } from "../database/connection.ts";
import type { Snapshot } from "../database/snapshot.ts";
import type { AccountKey } from "../values/addresses.ts";
import { toTransaction, transactionOf } from "../../shared/columns/toid.ts";
import { type AccountStretch, timeBounds } from "./account-links.ts";
import { accountColumns, accountKeys } from "./accounts.ts";
import { type HistoryKey, idArray, timeArray } from "./days.ts";

export interface StateChangeRow {
  to_id: string;
  operation_id: string;
  state_change_id: string;
  ledger_created_at: string;
  ledger_number: number;
  account_id: string;
  state_change_category: string;
  state_change_reason: string;
  token_id: string | null;
  amount: string | null;
  signer_account_id: string | null;
  spender_account_id: string | null;
  creator_account_id: string | null;
  destination_account_id: string | null;
  liquidity_pool_id: string | null;
  signer_weight_old: number | null;
  signer_weight_new: number | null;
  threshold: string | null;
  threshold_old: number | null;
  threshold_new: number | null;
  trustline_limit_old: string | null;
  trustline_limit_new: string | null;
  flags: number | null;
  data_entry_name: string | null;
  /** JSON text. */
  key_value: string | null;
  to_muxed_id: string | null;
  ingested_at: string;
}

function columns(sql: DatabaseConnection) {
  return sql`
    s.to_id, s.operation_id, s.state_change_id, s.ledger_created_at, s.ledger_number, s.account_id, s.state_change_category,
    s.state_change_reason, s.token_id, s.amount, s.signer_account_id, s.spender_account_id, s.creator_account_id,
    s.destination_account_id, s.liquidity_pool_id, s.signer_weight_old, s.signer_weight_new, s.threshold, s.threshold_old,
    s.threshold_new, s.trustline_limit_old, s.trustline_limit_new, s.flags, s.data_entry_name, s.key_value, s.to_muxed_id,
    s.ingested_at`;
}

/** Conditions on an account's state changes; null is none. */
export interface StateChangeFilter {
  transaction: HistoryKey | null;
  operationId: string | null;
  category: string | null;
  reason: string | null;
}

function filterConditions(sql: DatabaseConnection, { transaction, operationId, category: asked, reason }: StateChangeFilter) {
  const supply = reason === "MINT" || reason === "BURN";
  // Only balances have these; with its category the partial index of rare rows gives the page in order.
  const category = asked ?? (supply ? "BALANCE" : null);
  // What the partial index of rare rows holds must be said in the statement, or a generic plan cannot use it.
  const rare =
    (category !== null && category !== "BALANCE") || supply
      ? sql`and (state_change_category <> 'BALANCE' or state_change_reason in ('MINT', 'BURN'))`
      : sql``;
  return sql`
    ${transaction === null ? sql`` : sql`and to_id = ${transaction.id} and ledger_created_at = ${transaction.time}`}
    ${operationId === null ? sql`` : sql`and operation_id = ${operationId}`}
    ${category === null ? sql`` : sql`and state_change_category = ${category}`}
    ${reason === null ? sql`` : sql`and state_change_reason = ${reason}`} ${rare}`;
}

/** A row and whose it is: the account's place in the list that was asked for, from 1. */
type AccountStateChangeRow = StateChangeRow & { ordinal: number };

/** A page of each account's state changes, in the direction of travel, one more than asked for if there is one. */
export function stateChangesOfAccounts(
  snapshot: Snapshot,
  accounts: readonly AccountKey[],
  filter: StateChangeFilter,
  range: TimeRange,
  { backward, cursor, limit }: Page<StateChangeCursor>,
): Promise<AccountStateChangeRow[]> {
  return snapshot.query<AccountStateChangeRow>((sql) => {
    const keyset =
      cursor === null
        ? sql``
        : backward
          ? sql`and ledger_created_at <= ${cursor.time} and (ledger_created_at < ${cursor.time} or to_id < ${cursor.toId}
              or (to_id = ${cursor.toId} and (operation_id < ${cursor.operationId}
              or (operation_id = ${cursor.operationId} and state_change_id < ${cursor.stateChangeId}))))`
          : sql`and ledger_created_at >= ${cursor.time} and (ledger_created_at > ${cursor.time} or to_id > ${cursor.toId}
              or (to_id = ${cursor.toId} and (operation_id > ${cursor.operationId}
              or (operation_id = ${cursor.operationId} and state_change_id > ${cursor.stateChangeId}))))`;
    const order = backward
      ? sql`ledger_created_at desc, to_id desc, operation_id desc, state_change_id desc`
      : sql`ledger_created_at, to_id, operation_id, state_change_id`;
    const single = accounts.length === 1;
    const owner = single
      ? sql`account_key = ${accounts[0]!.key} and account_id = ${accounts[0]!.column}`
      : sql`account_key = k.key and account_id = k.account`;
    const page = sql`
      select ${columns(sql)} from state_changes s
      where ${owner} ${timeBounds(sql, range)} ${filterConditions(sql, filter)} ${keyset}
      order by ${order} limit ${limit + 1}`;
    if (single) return sql`select 1 as ordinal, p.* from (${page}) p`;
    return sql`
      select k.ordinal::integer, p.*
      from unnest(${accountKeys(accounts)}::bigint[], ${accountColumns(accounts)}::bytea[]) with ordinality k (key, account, ordinal)
      cross join lateral (${page}) p order by k.ordinal, ${order}`;
  });
}

/**
 * Accounts' state changes between the close times of their stretches, newest first. Bounds on `to_id` are left out on purpose:
 * they tempt the planner to the index on it, which knows nothing of the account.
 */
export function stateChangesOfStretches(snapshot: Snapshot, stretches: readonly AccountStretch[]): Promise<AccountStateChangeRow[]> {
  return snapshot.query<AccountStateChangeRow>((sql) => {
    if (stretches.length === 1) {
      const { account, first, last } = stretches[0]!;
      return sql`
        select 1 as ordinal, ${columns(sql)} from state_changes s
        where account_key = ${account.key} and account_id = ${account.column}
          and ledger_created_at >= ${first.time} and ledger_created_at <= ${last.time}
        order by ledger_created_at desc, to_id desc, operation_id desc, state_change_id desc`;
    }
    const accounts = stretches.map((stretch) => stretch.account);
    return sql`
      select k.ordinal::integer, p.*
      from unnest(
        ${accountKeys(accounts)}::bigint[], ${accountColumns(accounts)}::bytea[],
        ${timeArray(stretches.map((stretch) => stretch.first))}::timestamptz[],
        ${timeArray(stretches.map((stretch) => stretch.last))}::timestamptz[]
      ) with ordinality k (key, account, earliest, latest, ordinal)
      cross join lateral (
        select ${columns(sql)} from state_changes s
        where account_key = k.key and account_id = k.account and ledger_created_at >= k.earliest and ledger_created_at <= k.latest
      ) p
      order by k.ordinal, p.ledger_created_at desc, p.to_id desc, p.operation_id desc, p.state_change_id desc`;
  });
}

/** A place inside one parent. */
export interface ChildCursor {
  operationId: string;
  stateChangeId: string;
}

/** A page of the state changes of each transaction. */
export function stateChangesOfTransactions(
  snapshot: Snapshot,
  transactions: readonly HistoryKey[],
  page: Page<ChildCursor>,
): Promise<StateChangeRow[]> {
  const { backward, cursor, limit } = page;
  return snapshot.query<StateChangeRow>((sql) => {
    const keyset =
      cursor === null
        ? sql``
        : backward
          ? sql`and (s.operation_id < ${cursor.operationId} or (s.operation_id = ${cursor.operationId} and s.state_change_id < ${cursor.stateChangeId}))`
          : sql`and (s.operation_id > ${cursor.operationId} or (s.operation_id = ${cursor.operationId} and s.state_change_id > ${cursor.stateChangeId}))`;
    const order = backward ? sql`s.operation_id desc, s.state_change_id desc` : sql`s.operation_id, s.state_change_id`;
    if (transactions.length === 1) {
      const { id, time } = transactions[0]!;
      return sql`
        select ${columns(sql)} from state_changes s
        where s.to_id = ${id} and s.ledger_created_at = ${time} ${keyset} order by ${order} limit ${limit + 1}`;
    }
    return sql`
      select ${columns(sql)}
      from unnest(${idArray(transactions)}::bigint[], ${timeArray(transactions)}::timestamptz[]) k (id, at)
      cross join lateral (
        select * from (select * from state_changes s where s.to_id = k.id and s.ledger_created_at = k.at ${keyset} offset 0) s
        order by ${order} limit ${limit + 1}
      ) s`;
  });
}

/** A page of the state changes of each operation. `page.cursor` is a state change id. */
export function stateChangesOfOperations(
  snapshot: Snapshot,
  operations: readonly HistoryKey[],
  page: Page<string>,
): Promise<StateChangeRow[]> {
  const { backward, cursor, limit } = page;
  return snapshot.query<StateChangeRow>((sql) => {
    const keyset = cursor === null ? sql`` : backward ? sql`and s.state_change_id < ${cursor}` : sql`and s.state_change_id > ${cursor}`;
    const order = backward ? sql`s.state_change_id desc` : sql`s.state_change_id`;
    if (operations.length === 1) {
      const { id, time } = operations[0]!;
      return sql`
        select ${columns(sql)} from state_changes s
        where s.to_id = ${transactionOf(id)} and s.operation_id = ${id} and s.ledger_created_at = ${time} ${keyset}
        order by ${order} limit ${limit + 1}`;
    }
    return sql`
      select ${columns(sql)}
      from unnest(${idArray(operations)}::bigint[], ${timeArray(operations)}::timestamptz[]) k (id, at)
      cross join lateral (
        select * from (
          select * from state_changes s
          where s.to_id = (k.id ${toTransaction(sql)}) and s.operation_id = k.id and s.ledger_created_at = k.at ${keyset} offset 0
        ) s
        order by ${order} limit ${limit + 1}
      ) s`;
  });
}
