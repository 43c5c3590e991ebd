import type { Snapshot } from "../../database/snapshot.ts";
import { BALANCE_SOURCES, type BalanceCursor, type BalanceSource } from "../../pagination/cursors.ts";
import type { Page } from "../../pagination/page.ts";
import type { AccountKey } from "../../values/addresses.ts";
import { accountColumns } from "../accounts.ts";
import { classic, type ClassicBalanceRow } from "./classic.ts";
import { type BalanceColumns, columnNames, type HoldingColumns } from "./columns.ts";
import { lp, type PoolBalanceRow } from "./lp.ts";
import { native, type NativeBalanceRow } from "./native.ts";
import { sac, type SacBalanceRow } from "./sac.ts";
import { isFrozenHolder } from "./usable.ts";
import { sep41, type Sep41BalanceRow } from "./sep41.ts";

/** One holding, as its source tells it. */
export type BalanceRow = NativeBalanceRow | ClassicBalanceRow | SacBalanceRow | Sep41BalanceRow | PoolBalanceRow;

/** Where a source gave up looking for balances that may be shown. */
export interface StoppedRow extends BalanceCursor {
  ordinal: number;
  isStop: true;
}

const BRANCHES = { native, classic, sac, sep41, lp };

/** Which sources an account of this kind has, in the order in which they are listed. */
export function balanceSources(account: AccountKey): readonly BalanceSource[] {
  return account.isContract ? ["native", "sac", "sep41"] : ["native", "classic", "sep41", "lp"];
}

/** Keys that are asked for, by source; a source that is not named has none. */
export type BalanceKeys = Readonly<Partial<Record<BalanceSource, readonly string[]>>>;

/**
 * A page over all sources in one statement, each account's in the direction of travel, one more than asked for if there is one.
 * @param accounts of one kind: accounts or contracts
 * @param nativeToken of contracts: the id of XLM's token
 */
export async function balancesOfAccounts(
  snapshot: Snapshot,
  accounts: readonly AccountKey[],
  page: Page<BalanceCursor>,
  nativeToken: string | null,
): Promise<(BalanceRow | StoppedRow)[]> {
  const sources = sourcesOfPage(balanceSources(accounts[0]!), page);
  if (sources.length === 0) return [];
  const { backward, cursor } = page;
  return readBalances(snapshot, { accounts, sources, cursor, keys: null, backward, limit: page.limit + 1, nativeToken });
}

/**
 * All balances with these keys, ascending, in one statement of one shape.
 * @param accounts of one kind
 * @param nativeToken of contracts: the id of XLM's token
 */
export function balancesByKey(
  snapshot: Snapshot,
  accounts: readonly AccountKey[],
  keys: BalanceKeys,
  nativeToken: string | null,
): Promise<BalanceRow[]> {
  const sources = balanceSources(accounts[0]!);
  const limit = sources.reduce((sum, source) => sum + (keys[source]?.length ?? 0), 0);
  // What is asked for by its key is not looked for: there is no place where that ends.
  return readBalances(snapshot, { accounts, sources, cursor: null, keys, backward: false, limit, nativeToken }) as Promise<BalanceRow[]>;
}

interface BalancesQuery {
  accounts: readonly AccountKey[];
  sources: readonly BalanceSource[];
  cursor: BalanceCursor | null;
  /** Null: all. */
  keys: BalanceKeys | null;
  backward: boolean;
  /** Of each account. */
  limit: number;
  nativeToken: string | null;
}

async function readBalances(snapshot: Snapshot, query: BalancesQuery): Promise<(BalanceRow | StoppedRow)[]> {
  const { accounts, sources, cursor, keys, backward, limit, nativeToken } = query;
  const rows = await snapshot.query<BalanceColumns>((sql) => {
    const single = accounts.length === 1;
    const account = single ? sql`${accounts[0]!.column}` : sql`k.account`;
    const union = sources
      .map((source) =>
        BRANCHES[source].select(sql, {
          account,
          nativeToken,
          cursor: cursor?.source === source ? cursor.key : null,
          keys: keys === null ? null : (keys[source] ?? []),
          backward,
          limit,
        }),
      )
      .reduce((all, branch) => sql`${all} union all ${branch}`);
    const order = backward
      ? sql`b.source desc, b.key collate "C" desc, b.balance is null`
      : sql`b.source, b.key collate "C", b.balance is null`;
    const holder = accounts[0]!.isContract ? sql`false` : isFrozenHolder(sql, account);
    if (single)
      return sql`select 1 as ordinal, ${holder} as holder_is_frozen, b.* from (${union}) b ${columnNames(sql)} order by ${order} limit ${limit}`;
    return sql`
      select k.ordinal::integer, ${holder} as holder_is_frozen, b.* from unnest(${accountColumns(accounts)}::bytea[]) with ordinality k (account, ordinal)
      cross join lateral (select * from (${union}) b ${columnNames(sql)} order by ${order} limit ${limit}) b order by k.ordinal, ${order}`;
  });
  return rows.map((columns) => {
    const source = BALANCE_SOURCES[columns.source]!;
    const { ordinal, key, balance } = columns;
    return balance === null ? { isStop: true, ordinal, source, key } : BRANCHES[source].decode(columns as HoldingColumns);
  });
}

/** The sources that a page can reach from its cursor. Native has one row: none is left behind a cursor on it. */
function sourcesOfPage(sources: readonly BalanceSource[], { backward, cursor }: Page<BalanceCursor>): readonly BalanceSource[] {
  if (cursor === null) return sources;
  const from = BALANCE_SOURCES.indexOf(cursor.source);
  return sources.filter((source) => {
    const at = BALANCE_SOURCES.indexOf(source);
    return source === "native" ? backward && at < from : backward ? at <= from : at >= from;
  });
}
