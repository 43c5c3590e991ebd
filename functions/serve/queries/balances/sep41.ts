import { type BalanceBranch, type Holding, keysWithin } from "./columns.ts";
import { usableEntry } from "./usable.ts";

/** A SEP-41 token, in its smallest unit. */
export interface Sep41BalanceRow extends Holding {
  source: "sep41";
  /** The token's address. */
  contract_id: string;
  /** Null until the token's metadata has been read, as are symbol and decimals. */
  name: string | null;
  symbol: string | null;
  decimals: number | null;
}

export const sep41: BalanceBranch<Sep41BalanceRow> = {
  select(sql, range) {
    const { account, backward, limit } = range;
    const bound = keysWithin(sql, sql`b.contract_id`, "uuid", range);
    return sql`(
      select 3, b.contract_id::text, coalesce(b.stored, b.summed)::text, b.last_modified_ledger, null::bytea,
        t.contract_id, t.name, t.symbol, null::text, null::text,
        t.decimals, null::boolean, null::boolean,
        ${usableEntry(sql)}
      from sep41_balances b join contract_tokens t on t.id = b.contract_id
      where b.account_id = ${account} ${bound} order by b.contract_id ${backward ? sql`desc` : sql``} limit ${limit})`;
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
  }),
};
