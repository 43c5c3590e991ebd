import { type BalanceCursor, type BalanceSource, BALANCE_SOURCES } from "../pagination/cursors.ts";
import type { Page } from "../pagination/page.ts";
import type { Fragment, DatabaseConnection } from "../database/connection.ts";
import type { Snapshot } from "../database/snapshot.ts";
import type { AccountKey } from "../values/addresses.ts";
import { accountColumns } from "./accounts.ts";

/** One holding; which columns mean what depends on the source. */
export interface BalanceRow {
  /** The account's place in the list that was asked for, from 1. */
  ordinal: number;
  /** Position in BALANCE_SOURCES. */
  source: number;
  key: string;
  balance: string;
  last_modified_ledger: number;
  /** trustline limit; minimum balance in stroops. */
  amount_1: string | null;
  buying_liabilities: string | null;
  selling_liabilities: string | null;
  /** asset code; name; asset A. */
  text_1: string | null;
  /** asset issuer; symbol; asset B. */
  text_2: string | null;
  /** contract address; reserve A. */
  text_3: string | null;
  /** reserve B. */
  text_4: string | null;
  /** subentries; flags; decimals. */
  number_1: number | null;
  bool_1: boolean | null;
  bool_2: boolean | null;
}

/** Which sources an account of this kind has, in the order in which they are listed. */
export function balanceSources(account: AccountKey): readonly BalanceSource[] {
  return account.isContract ? ["native", "sac", "sep41"] : ["native", "classic", "sep41", "lp"];
}

/** Base reserve before the first ledger is known, stroops. */
const BASE_RESERVE = 5_000_000;

function native(sql: DatabaseConnection, account: Fragment, isContract: boolean, limit: number) {
  return sql`(
    select 0 as source, 'native' as key, balance::text as balance, last_modified_ledger,
      ${
        isContract
          ? sql`'0'`
          : sql`((2 + num_subentries + num_sponsoring - num_sponsored)
              * coalesce((select base_reserve from cursors where name = 'latest'), ${BASE_RESERVE}::bigint))::text`
      } as amount_1,
      buying_liabilities::text as buying_liabilities, selling_liabilities::text as selling_liabilities, null::text as text_1,
      null::text as text_2, null::text as text_3, null::text as text_4, num_subentries as number_1, null::boolean as bool_1, null::boolean as bool_2
    from native_balances where account_id = ${account} limit ${limit})`;
}

function classic(sql: DatabaseConnection, account: Fragment, limit: number, keyset: string | null, backward: boolean): Fragment {
  const bound = keyset === null ? sql`` : backward ? sql`and b.asset_id < ${keyset}` : sql`and b.asset_id > ${keyset}`;
  return sql`(
    select 1, b.asset_id::text, b.balance::text, b.last_modified_ledger, b.trust_limit::text, b.buying_liabilities::text,
      b.selling_liabilities::text, a.code, a.issuer, null, null, b.flags, null, null
    from trustline_balances b join trustline_assets a on a.id = b.asset_id
    where b.account_id = ${account} ${bound} order by b.asset_id ${backward ? sql`desc` : sql``} limit ${limit})`;
}

function sac(sql: DatabaseConnection, account: Fragment, limit: number, keyset: string | null, backward: boolean): Fragment {
  const bound = keyset === null ? sql`` : backward ? sql`and b.contract_id < ${keyset}` : sql`and b.contract_id > ${keyset}`;
  return sql`(
    select 2, b.contract_id::text, round(b.balance, 7)::text, b.last_modified_ledger, null, null, null, t.code, t.issuer, t.contract_id, null,
      t.decimals, b.is_authorized, b.is_clawback_enabled
    from sac_balances b join contract_tokens t on t.id = b.contract_id
    where b.account_id = ${account} and t.type = 'SAC' ${bound} order by b.contract_id ${backward ? sql`desc` : sql``} limit ${limit})`;
}

function sep41(sql: DatabaseConnection, account: Fragment, limit: number, keyset: string | null, backward: boolean): Fragment {
  const bound = keyset === null ? sql`` : backward ? sql`and b.contract_id < ${keyset}` : sql`and b.contract_id > ${keyset}`;
  return sql`(
    select 3, b.contract_id::text, b.balance::text, b.last_modified_ledger, null, null, null, t.name, t.symbol, t.contract_id, null,
      t.decimals, null, null
    from sep41_balances b join contract_tokens t on t.id = b.contract_id
    where b.account_id = ${account} ${bound} order by b.contract_id ${backward ? sql`desc` : sql``} limit ${limit})`;
}

function lp(sql: DatabaseConnection, account: Fragment, limit: number, keyset: string | null, backward: boolean): Fragment {
  const bound = keyset === null ? sql`` : backward ? sql`and b.pool_id < ${keyset}` : sql`and b.pool_id > ${keyset}`;
  return sql`(
    select 4, b.pool_id, b.shares::text, b.last_modified_ledger, null, null, null, p.asset_a, p.asset_b, p.amount_a::text, p.amount_b::text,
      null, null, null
    from liquidity_pool_balances b join liquidity_pools p on p.pool_id = b.pool_id
    where b.account_id = ${account} ${bound} order by b.pool_id ${backward ? sql`desc` : sql``} limit ${limit})`;
}

const BRANCHES = { classic, sac, sep41, lp };

/**
 * A page over all sources in one statement, each account's in the direction of travel, one more than asked for if there is one.
 * @param accounts of one kind: accounts or contracts
 */
export async function balancesOfAccounts(
  snapshot: Snapshot,
  accounts: readonly AccountKey[],
  page: Page<BalanceCursor>,
): Promise<BalanceRow[]> {
  const { backward, cursor } = page;
  const from = cursor === null ? -1 : BALANCE_SOURCES.indexOf(cursor.source);
  const limit = page.limit + 1;
  const { isContract } = accounts[0]!;
  const sources = balanceSources(accounts[0]!).filter((name) => {
    const at = BALANCE_SOURCES.indexOf(name);
    if (cursor === null) return true;
    return name === "native" ? backward && at < from : backward ? at <= from : at >= from;
  });
  if (sources.length === 0) return [];
  return snapshot.query<BalanceRow>((sql) => {
    // The first branch names the columns; without native, an empty one does.
    const single = accounts.length === 1;
    const account = single ? sql`${accounts[0]!.column}` : sql`k.account`;
    const branches = sources.map((name) =>
      name === "native"
        ? native(sql, account, isContract, limit)
        : BRANCHES[name](sql, account, limit, cursor?.source === name ? cursor.key : null, backward),
    );
    if (sources[0] !== "native") branches.unshift(native(sql, account, isContract, 0));
    const union = branches.reduce((all, branch) => sql`${all} union all ${branch}`);
    const order = backward ? sql`b.source desc, b.key collate "C" desc` : sql`b.source, b.key collate "C"`;
    if (single) return sql`select 1 as ordinal, b.* from (${union}) b order by ${order} limit ${limit}`;
    return sql`
      select k.ordinal::integer, b.* from unnest(${accountColumns(accounts)}::bytea[]) with ordinality k (account, ordinal)
      cross join lateral (select * from (${union}) b order by ${order} limit ${limit}) b order by k.ordinal, ${order}`;
  });
}
