import type { Snapshot } from "../database/snapshot.ts";
import type { Page } from "../pagination/page.ts";
import type { AccountKey } from "../values/addresses.ts";
import { accountColumns } from "./accounts.ts";

/** An offer; the amount, of what is sold, in stroops. */
export interface OfferRow {
  /** The seller's place in the list that was asked for, from 1. */
  ordinal: number;
  offer_id: string;
  /** Null: XLM. */
  selling_id: string | null;
  selling_code: string | null;
  selling_issuer: string | null;
  /** Null: XLM. */
  buying_id: string | null;
  buying_code: string | null;
  buying_issuer: string | null;
  amount: string;
  price_n: number;
  price_d: number;
  is_passive: boolean;
  /** Text form of bytea. */
  sponsor: string | null;
  last_modified_ledger: number;
}

/**
 * Offers by sellers, each seller's by id in the direction of travel. Assets are joined by `limit 1`, so that they are looked up: the planner
 * cannot know how few rows a page has, and would read the whole table.
 */
export function offersOfSellers(
  snapshot: Snapshot,
  sellers: readonly AccountKey[],
  { backward, cursor, limit }: Page<string>,
): Promise<OfferRow[]> {
  return snapshot.query<OfferRow>((sql) => {
    const single = sellers.length === 1;
    const beyond = cursor === null ? sql`` : backward ? sql`and offer_id < ${cursor}` : sql`and offer_id > ${cursor}`;
    const travel = backward ? sql`desc` : sql``;
    const page = sql`
      select o.offer_id::text, o.selling_id, s.code as selling_code, s.issuer as selling_issuer, o.buying_id, b.code as buying_code, b.issuer as buying_issuer,
        o.amount::text, o.price_n, o.price_d, o.is_passive, o.sponsor, o.last_modified_ledger, o.offer_id as place
      from (
        select * from offers where seller_id = ${single ? sql`${sellers[0]!.column}` : sql`k.seller`} ${beyond}
        order by offer_id ${travel} limit ${limit + 1}) o
      left join lateral (select code, issuer from trustline_assets n where n.id = o.selling_id limit 1) s on true
      left join lateral (select code, issuer from trustline_assets n where n.id = o.buying_id limit 1) b on true`;
    if (single) return sql`select 1 as ordinal, p.* from (${page}) p order by p.place ${travel}`;
    return sql`
      select k.ordinal::integer, p.* from unnest(${accountColumns(sellers)}::bytea[]) with ordinality k (seller, ordinal)
      cross join lateral (${page}) p order by k.ordinal, p.place ${travel}`;
  });
}
