import { type BalanceBranch, type Holding, keysWithin } from "./columns.ts";
import { usableEntry } from "./usable.ts";

/** What a contract holds of a Stellar Asset Contract's asset, in whole units with seven decimals. */
export interface SacBalanceRow extends Holding {
  source: "sac";
  /** The token's address. */
  contract_id: string;
  /** Null until the ledger has shown which asset it is. */
  code: string | null;
  issuer: string | null;
  decimals: number | null;
  is_authorized: boolean;
  is_clawback_enabled: boolean;
}

export const sac: BalanceBranch<SacBalanceRow> = {
  // XLM is the native balance. What is asked for by its key is an asset's, whether its contract has been seen or not.
  select(sql, range) {
    const { account, nativeToken, keys, backward, limit } = range;
    const proven = keys === null ? sql`and t.type = 'SAC'` : sql``;
    const bound = keysWithin(sql, sql`b.contract_id`, "uuid", range);
    return sql`(
      select 2, b.contract_id::text, round(b.balance, 7)::text, b.last_modified_ledger, null::bytea,
        t.contract_id, t.code, t.issuer, null::text, null::text,
        t.decimals, b.is_authorized, b.is_clawback_enabled,
        ${usableEntry(sql)}
      from sac_balances b join contract_tokens t on t.id = b.contract_id
      where b.account_id = ${account} ${proven} and b.contract_id <> ${nativeToken}::uuid ${bound} order by b.contract_id ${backward ? sql`desc` : sql``} limit ${limit})`;
  },

  decode: (columns) => ({
    source: "sac",
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
    code: columns.text_2,
    issuer: columns.text_3,
    decimals: columns.number_1,
    is_authorized: columns.bool_1!,
    is_clawback_enabled: columns.bool_2!,
  }),
};
