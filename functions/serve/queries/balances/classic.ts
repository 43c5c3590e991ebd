import { type BalanceBranch, type Holding, keysWithin } from "./columns.ts";
import { usable, usableTrustline } from "./usable.ts";

/** A trustline; amounts in stroops. */
export interface ClassicBalanceRow extends Holding {
  source: "classic";
  code: string;
  issuer: string;
  trust_limit: string;
  buying_liabilities: string;
  selling_liabilities: string;
  /** XDR `TrustLineFlags`. */
  flags: number;
}

export const classic: BalanceBranch<ClassicBalanceRow> = {
  select(sql, range) {
    const { account, backward, limit } = range;
    const bound = keysWithin(sql, sql`b.asset_id`, "uuid", range);
    return sql`(
      select 1, b.asset_id::text, b.balance::text, b.last_modified_ledger, b.sponsor,
        a.code, a.issuer, b.trust_limit::text, b.buying_liabilities::text, b.selling_liabilities::text,
        b.flags, null::boolean, null::boolean,
        ${usableTrustline(sql, account)}
      from trustline_balances b join trustline_assets a on a.id = b.asset_id
      where b.account_id = ${account} ${bound} order by b.asset_id ${backward ? sql`desc` : sql``} limit ${limit})`;
  },

  decode: ({ ordinal, key, balance, last_modified_ledger, sponsor, text_1, text_2, text_3, text_4, text_5, number_1, ...columns }) => ({
    source: "classic",
    ordinal,
    key,
    balance,
    last_modified_ledger,
    sponsor,
    ...usable(columns),
    code: text_1!,
    issuer: text_2!,
    trust_limit: text_3!,
    buying_liabilities: text_4!,
    selling_liabilities: text_5!,
    flags: number_1!,
  }),
};
