import { type BalanceBranch, type Holding, keysWithin } from "./columns.ts";
import { usableTrustline } from "./usable.ts";

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

  decode: (columns) => ({
    source: "classic",
    ordinal: columns.ordinal,
    key: columns.key,
    balance: columns.balance,
    last_modified_ledger: columns.last_modified_ledger,
    sponsor: columns.sponsor,
    live_until_ledger: columns.live_until_ledger,
    is_archived: columns.is_archived,
    is_frozen: columns.is_frozen,
    holder_is_frozen: columns.holder_is_frozen,
    code: columns.text_1!,
    issuer: columns.text_2!,
    trust_limit: columns.text_3!,
    buying_liabilities: columns.text_4!,
    selling_liabilities: columns.text_5!,
    flags: columns.number_1!,
  }),
};
