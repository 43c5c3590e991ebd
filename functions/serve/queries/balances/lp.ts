import { type BalanceBranch, type Holding, keysWithin } from "./columns.ts";
import { usable, usableShares } from "./usable.ts";

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
        ${usableShares(sql, account)}
      from liquidity_pool_balances b join liquidity_pools p on p.pool_id = b.pool_id
      where b.account_id = ${account} ${bound} order by b.pool_id ${backward ? sql`desc` : sql``} limit ${limit})`;
  },

  decode: ({ ordinal, key, balance, last_modified_ledger, sponsor, text_1, text_2, text_3, text_4, ...columns }) => ({
    source: "lp",
    ordinal,
    key,
    balance,
    last_modified_ledger,
    sponsor,
    ...usable(columns),
    asset_a: text_1!,
    amount_a: text_2!,
    asset_b: text_3!,
    amount_b: text_4!,
  }),
};
