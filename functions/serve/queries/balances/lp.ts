import { type BalanceBranch, type Holding, keysWithin } from "./columns.ts";

/** Shares of a liquidity pool, whose id is the key; shares and reserves in stroops. */
export interface PoolBalanceRow extends Holding {
  source: "lp";
  /** `native` or `CODE:ISSUER`. */
  asset_a: string;
  amount_a: string;
  asset_b: string;
  amount_b: string;
}

export const lp: BalanceBranch<PoolBalanceRow> = {
  select(sql, range) {
    const { account, backward, limit } = range;
    const bound = keysWithin(sql, sql`b.pool_id`, "text", range);
    return sql`(
      select 4, b.pool_id, b.shares::text, b.last_modified_ledger, b.sponsor,
        p.asset_a, p.amount_a::text, p.asset_b, p.amount_b::text, null::text,
        null::integer, null::boolean, null::boolean,
        null::integer, false, false
      from liquidity_pool_balances b join liquidity_pools p on p.pool_id = b.pool_id
      where b.account_id = ${account} ${bound} order by b.pool_id ${backward ? sql`desc` : sql``} limit ${limit})`;
  },

  decode: (columns) => ({
    source: "lp",
    ordinal: columns.ordinal,
    key: columns.key,
    balance: columns.balance,
    last_modified_ledger: columns.last_modified_ledger,
    sponsor: columns.sponsor,
    live_until_ledger: columns.live_until_ledger,
    is_archived: columns.is_archived,
    is_frozen: columns.is_frozen,
    holder_is_frozen: columns.holder_is_frozen,
    asset_a: columns.text_1!,
    amount_a: columns.text_2!,
    asset_b: columns.text_3!,
    amount_b: columns.text_4!,
  }),
};
