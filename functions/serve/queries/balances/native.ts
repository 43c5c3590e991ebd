import { ASSET_DECIMALS } from "../../../shared/columns/amounts.ts";
import type { BalanceBranch, Holding } from "./columns.ts";
import { usableEntry } from "./usable.ts";

/** XLM of an account or contract; amounts in stroops. */
export interface NativeBalanceRow extends Holding {
  source: "native";
  minimum_balance: string;
  buying_liabilities: string;
  selling_liabilities: string;
  num_subentries: number;
}

/** Base reserve before the first ledger is known, stroops. */
const BASE_RESERVE = 5_000_000;

export const native: BalanceBranch<NativeBalanceRow> = {
  select(sql, { account, nativeToken, keys }) {
    const asked = keys === null ? sql`` : sql`and ${keys.length > 0}::boolean`;
    if (nativeToken === null)
      return sql`(
    select 0, 'native', balance::text, last_modified_ledger, sponsor,
      ((2 + num_subentries + num_sponsoring - num_sponsored)
        * coalesce((select base_reserve from cursors where name = 'latest'), ${BASE_RESERVE}::bigint))::text,
      buying_liabilities::text, selling_liabilities::text, null::text, null::text, num_subentries, null::boolean, null::boolean,
      null::integer, false, false
    from accounts where account_id = ${account} and removed_ledger is null ${asked})`;
    // A contract has no account entry, hence no reserve.
    return sql`(
    select 0, 'native', trunc(balance * power(10::numeric, ${ASSET_DECIMALS}))::text, last_modified_ledger, null::bytea,
      '0', '0', '0', null::text, null::text, 0, null::boolean, null::boolean,
      ${usableEntry(sql)}
    from sac_balances b where account_id = ${account} and contract_id = ${nativeToken}::uuid ${asked})`;
  },

  decode: (columns) => ({
    source: "native",
    ordinal: columns.ordinal,
    key: columns.key,
    balance: columns.balance,
    last_modified_ledger: columns.last_modified_ledger,
    sponsor: columns.sponsor,
    live_until_ledger: columns.live_until_ledger,
    is_archived: columns.is_archived,
    // The key of the account is that of its XLM.
    is_frozen: columns.is_frozen || columns.holder_is_frozen,
    holder_is_frozen: columns.holder_is_frozen,
    minimum_balance: columns.text_1!,
    buying_liabilities: columns.text_2!,
    selling_liabilities: columns.text_3!,
    num_subentries: columns.number_1!,
  }),
};
