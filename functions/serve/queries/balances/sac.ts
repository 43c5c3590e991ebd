import { type BalanceBranch, type Holding, keysWithin } from "./columns.ts";
import { usable, usableEntry } from "./usable.ts";

/** What a contract holds of a Stellar Asset Contract's asset, in whole units with seven decimals. */
export interface SacBalanceRow extends Holding {
  source: "sac";
  /** The token's address. */
  contract_id: string;
  /** Null until the token's name has been read. */
  code: string | null;
  issuer: string | null;
  decimals: number | null;
  is_authorized: boolean;
  is_clawback_enabled: boolean;
}

export const sac: BalanceBranch<SacBalanceRow> = {
  // XLM is the native balance.
  select(sql, range) {
    const { account, nativeToken, backward, limit } = range;
    const bound = keysWithin(sql, sql`b.contract_id`, "uuid", range);
    return sql`(
      select 2, b.contract_id::text, round(b.balance, 7)::text, b.last_modified_ledger, null::bytea,
        t.contract_id, t.code, t.issuer, null::text, null::text,
        t.decimals, b.is_authorized, b.is_clawback_enabled,
        ${usableEntry(sql)}
      from sac_balances b join contract_tokens t on t.id = b.contract_id
      where b.account_id = ${account} and t.type = 'SAC' and b.contract_id <> ${nativeToken}::uuid ${bound} order by b.contract_id ${backward ? sql`desc` : sql``} limit ${limit})`;
  },

  decode: ({ ordinal, key, balance, last_modified_ledger, sponsor, text_1, text_2, text_3, number_1, bool_1, bool_2, ...columns }) => ({
    source: "sac",
    ordinal,
    key,
    balance,
    last_modified_ledger,
    sponsor,
    ...usable(columns),
    contract_id: text_1!,
    code: text_2,
    issuer: text_3,
    decimals: number_1,
    is_authorized: bool_1!,
    is_clawback_enabled: bool_2!,
  }),
};
