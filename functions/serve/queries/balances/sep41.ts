import type { BalancesFrom } from "../../../shared/columns/balance-source.ts";
import type { DatabaseConnection, Fragment } from "../../database/connection.ts";
import { MOST_INSPECTED } from "../inspected.ts";
import { type BalanceBranch, type Holding, keysWithin } from "./columns.ts";
import { isEntryOver, usableEntry } from "./usable.ts";

/** Where a balance was read from. */
export type ReadFrom = BalancesFrom | "SIMULATED";

/** A SEP-41 token, in its smallest unit. */
export interface Sep41BalanceRow extends Holding {
  source: "sep41";
  /** The token's address. */
  contract_id: string;
  /** Null until the token's metadata has been read, as are symbol and decimals. */
  name: string | null;
  symbol: string | null;
  decimals: number | null;
  read_from: ReadFrom;
  /** The ledger whose end it is of. */
  as_of_ledger: number;
  events_differ: boolean;
  /** Is there anything that the holder has, or an entry that says 0? */
  is_held: boolean;
}

/**
 * What a row `b` of `sep41_balances` says of a token `t` of type SEP41, to be joined laterally: `r` with `balance`, `read_from` and `as_of`, and the
 * entry `e.stored`. A temporary entry that is over is none. What is below 0 is 0, and PARTIAL wherever it was read from: no balance is negative.
 * No event tells that a temporary entry is over, so the sum of events is PARTIAL then. Of a token whose events differ from its storage, a
 * simulation is worth nothing any more once the balance has changed.
 */
export function readingOfBalance(sql: DatabaseConnection): Fragment {
  return sql`
    cross join lateral (select case when b.is_temporary and ${isEntryOver(sql)} then null else b.stored end as stored,
      t.balances_from not in ('STORAGE', 'EVENTS') and b.simulated_ledger is not null
        and not (t.events_differ and b.last_modified_ledger > b.simulated_ledger) as is_simulated) e
    cross join lateral (select case when t.balances_from = 'STORAGE' then coalesce(e.stored, 0)
      when t.balances_from = 'EVENTS' or e.is_simulated then b.summed else coalesce(e.stored, b.summed) end as told) v
    cross join lateral (select greatest(v.told, 0) as balance,
      case when v.told < 0 or (t.balances_from = 'EVENTS' and b.is_temporary and e.stored is null) then 'PARTIAL'
        when e.is_simulated then 'SIMULATED' else t.balances_from end as read_from,
      case when e.is_simulated then greatest(b.simulated_ledger, b.summed_ledger)
        else coalesce((select ledger from cursors where name = 'latest'), 0) end as as_of) r`;
}

/** Is the balance of a row `b` archived? Only an entry can be, and no temporary one. */
export function isBalanceArchived(sql: DatabaseConnection): Fragment {
  return sql`(b.stored is not null and not b.is_temporary and ${isEntryOver(sql)})`;
}

export const sep41: BalanceBranch<Sep41BalanceRow> = {
  select(sql, range) {
    const { account, backward, limit, keys } = range;
    const bound = keysWithin(sql, sql`b.contract_id`, "uuid", range);
    const ordered = sql`from sep41_balances b where b.account_id = ${account} ${bound} order by b.contract_id ${backward ? sql`desc` : sql``}`;
    const shown = sql`(
      select 3, b.contract_id::text, r.balance::text, b.last_modified_ledger, null::bytea,
        t.contract_id, t.name, t.symbol, r.read_from, r.as_of::text,
        t.decimals, t.events_differ, e.stored is not null or r.balance > 0,
        ${usableEntry(sql, isBalanceArchived(sql))}
      from (select b.* ${ordered} limit ${MOST_INSPECTED}) b
      cross join lateral (
        select contract_id, name, symbol, decimals, balances_from, events_differ from contract_tokens t
        where t.id = b.contract_id and t.type = 'SEP41' limit 1) t
      ${readingOfBalance(sql)}
      ${keys === null ? sql`where r.balance > 0` : sql``} order by b.contract_id ${backward ? sql`desc` : sql``} limit ${limit})`;
    if (keys !== null) return shown;
    return sql`${shown} union all (
      select 3, b.contract_id::text, null::text, 0, null::bytea, null::text, null::text, null::text, null::text, null::text,
        null::integer, null::boolean, null::boolean, null::integer, false, false ${ordered} offset ${MOST_INSPECTED - 1} limit 1)`;
  },

  decode: (columns) => ({
    source: "sep41",
    ordinal: columns.ordinal,
    key: columns.key,
    balance: columns.balance,
    last_modified_ledger: columns.last_modified_ledger,
    sponsor: columns.sponsor,
    live_until_ledger: columns.live_until_ledger,
    is_archived: columns.is_archived,
    is_frozen: columns.is_frozen,
    holder_is_frozen: columns.holder_is_frozen,
    contract_id: columns.text_1!,
    name: columns.text_2,
    symbol: columns.text_3,
    decimals: columns.number_1,
    read_from: columns.text_4 as ReadFrom,
    as_of_ledger: Number(columns.text_5),
    events_differ: columns.bool_1!,
    is_held: columns.bool_2!,
  }),
};
