import type { DatabaseConnection, Fragment } from "../../database/connection.ts";
import type { UsableColumns } from "./usable.ts";

/**
 * One row of the union over all sources. A union has one list of columns: from `text_1` on, each source gives them a meaning of
 * its own, which its `decode` alone knows.
 */
export interface BalanceColumns extends UsableColumns {
  /** The account's place in the list that was asked for, from 1. */
  ordinal: number;
  /** Position in BALANCE_SOURCES. */
  source: number;
  key: string;
  /** Null: the branch has looked at as many rows as it may, this one the last, and there may be more. */
  balance: string | null;
  last_modified_ledger: number;
  sponsor: string | null;
  text_1: string | null;
  text_2: string | null;
  text_3: string | null;
  text_4: string | null;
  text_5: string | null;
  number_1: number | null;
  bool_1: boolean | null;
  bool_2: boolean | null;
}

/** Names the columns of the union, in the order in which every source selects them. */
export function columnNames(sql: DatabaseConnection): Fragment {
  return sql`(source, key, balance, last_modified_ledger, sponsor, text_1, text_2, text_3, text_4, text_5, number_1, bool_1, bool_2, live_until_ledger, is_archived, is_frozen)`;
}

/** What to read of one source. */
interface BalanceRange {
  /** The account's address: a parameter, or a column of the list of accounts. */
  account: Fragment;
  /** The id of XLM's token, where contracts hold it; null: the account is none. */
  nativeToken: string | null;
  /** Keys before or behind this one; null: all. */
  cursor: string | null;
  /** Only these keys; null: all. Of native `native`, or none. */
  keys: readonly string[] | null;
  backward: boolean;
  limit: number;
}

/** The conditions of a range on the key of a source. @param type of the column */
export function keysWithin(sql: DatabaseConnection, column: Fragment, type: "uuid" | "text", range: BalanceRange): Fragment {
  const { cursor, keys, backward } = range;
  const beyond = cursor === null ? sql`` : backward ? sql`and ${column} < ${cursor}` : sql`and ${column} > ${cursor}`;
  if (keys === null) return beyond;
  // Keys are hex digits and hyphens.
  const list = `{${keys.join(",")}}`;
  return type === "uuid" ? sql`${beyond} and ${column} = any(${list}::uuid[])` : sql`${beyond} and ${column} = any(${list}::text[])`;
}

/** What every row says, whatever its source. */
export interface Holding extends UsableColumns {
  /** The account's place in the list that was asked for, from 1. */
  ordinal: number;
  /** Place within the source. */
  key: string;
  /** Decimal text, in the unit of the source. */
  balance: string;
  last_modified_ledger: number;
  /** Who pays for the entry's reserve, text of an address column; null: the holder, or it has none. */
  sponsor: string | null;
}

/** Columns of a balance. */
export type HoldingColumns = BalanceColumns & { balance: string };

/** A source of balances: its branch of the union, and what the branch's columns mean. */
export interface BalanceBranch<Row extends Holding> {
  /** Selects the columns of `columnNames`, by `key` in the direction of travel. Every null names its type. */
  select(sql: DatabaseConnection, range: BalanceRange): Fragment;
  decode(columns: HoldingColumns): Row;
}
