import { ASSET_DECIMALS } from "../../shared/columns/amounts.ts";
import { NATIVE_ASSET } from "../../shared/columns/asset.ts";
import { contractUuid } from "../../shared/columns/uuid5.ts";
import type { Snapshot } from "../database/snapshot.ts";
import type { AllowanceCursor } from "../pagination/cursors.ts";
import type { Page } from "../pagination/page.ts";
import type { AccountKey } from "../values/addresses.ts";
import { NATIVE_SYMBOL } from "../values/asset-contract.ts";
import { accountColumns } from "./accounts.ts";
import { MOST_INSPECTED } from "./inspected.ts";

/** Which of the two the list is of. */
export type AllowanceSide = "owner" | "spender";

/** A live approval; or, without an amount, the place where the statement gave up looking for one. */
export interface AllowanceRow {
  /** The account's place in the list that was asked for, from 1. */
  ordinal: number;
  /** The spender of an owner's, the owner of a spender's. */
  other_id: string;
  contract_uuid: string;
  contract_id: string;
  /** Null: there may be more behind this place. */
  amount: string | null;
  /** Decimal: any u32. */
  expiration_ledger: string;
  last_modified_ledger: number;
  is_stored: boolean;
  type: "NATIVE" | "SEP41" | "SAC";
  /** Null until the token's metadata has been read. */
  name: string | null;
  symbol: string | null;
  decimals: number | null;
}

/**
 * Live approvals by owners or for spenders, by the other's bytes and the token: those that end at the newest ledger or later. Only tokens' are
 * shown; their tables are joined by `limit 1`, so that they are looked up.
 * @param native the contract of XLM, `C…`
 */
export function allowancesOf(
  snapshot: Snapshot,
  side: AllowanceSide,
  accounts: readonly AccountKey[],
  native: string,
  { backward, cursor, limit }: Page<AllowanceCursor>,
): Promise<AllowanceRow[]> {
  return snapshot.query<AllowanceRow>((sql) => {
    const [own, other] = side === "owner" ? [sql`a.owner_id`, sql`a.spender_id`] : [sql`a.spender_id`, sql`a.owner_id`];
    const place = sql`(${other}, a.contract_id)`;
    const beyond =
      cursor === null
        ? sql``
        : backward
          ? sql`and ${place} < (${cursor.other}::bytea, ${cursor.contract}::uuid)`
          : sql`and ${place} > (${cursor.other}::bytea, ${cursor.contract}::uuid)`;
    const order = backward ? sql`${other} desc, a.contract_id desc` : sql`${other}, a.contract_id`;
    const single = accounts.length === 1;
    const ordered = sql`from sep41_allowances a where ${own} = ${single ? sql`${accounts[0]!.column}` : sql`k.account`} ${beyond} order by ${order}`;
    const outer = backward
      ? sql`p.other_id desc, p.contract_uuid desc, p.amount is null`
      : sql`p.other_id, p.contract_uuid, p.amount is null`;
    const page = sql`
      select * from (
        (select ${other} as other_id, a.contract_id as contract_uuid, t.contract_id, a.amount::text as amount, a.expiration_ledger::text as expiration_ledger,
          a.last_modified_ledger, a.is_stored, t.type, t.name, t.symbol, t.decimals
        from (select a.* ${ordered} limit ${MOST_INSPECTED}) a
        cross join lateral (
          select ${native}::text as contract_id, 'NATIVE' as type, ${NATIVE_ASSET}::text as name, ${NATIVE_SYMBOL}::text as symbol, ${ASSET_DECIMALS}::integer as decimals
            where a.contract_id = ${contractUuid(native)}::uuid
          union all
          select contract_id, type, name, symbol, decimals from contract_tokens t where t.id = a.contract_id and t.type in ('SEP41', 'SAC') limit 1) t
        where a.expiration_ledger >= coalesce((select ledger from cursors where name = 'latest'), 0) and a.amount > 0
        order by ${order} limit ${limit + 1})
        union all
        (select ${other}, a.contract_id, null, null, null, null, null, null, null, null, null ${ordered} offset ${MOST_INSPECTED - 1} limit 1)) p
      order by ${outer} limit ${limit + 1}`;
    if (single) return sql`select 1 as ordinal, p.* from (${page}) p`;
    return sql`
      select k.ordinal::integer, p.* from unnest(${accountColumns(accounts)}::bytea[]) with ordinality k (account, ordinal)
      cross join lateral (${page}) p
      order by k.ordinal, ${outer}`;
  });
}
