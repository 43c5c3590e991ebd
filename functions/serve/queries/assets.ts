import type { Snapshot } from "../database/snapshot.ts";

/** Has a trustline to the asset, a claimable balance or an offer of it been seen? @param id by `assetUuid` */
export async function isAssetKnown(snapshot: Snapshot, id: string): Promise<boolean> {
  const rows = await snapshot.query<{ id: string }>((sql) => sql`select id from trustline_assets where id = ${id}`);
  return rows.length > 0;
}

/** How many trustlines there are to the asset, at most so many. @param id by `assetUuid` */
export async function countTrustlines(snapshot: Snapshot, id: string, most: number): Promise<number> {
  const [row] = await snapshot.query<{ count: number }>(
    (sql) => sql`
      select count(*)::integer as count from (select from trustline_balances where asset_id = ${id} limit ${most}) counted`,
  );
  return row!.count;
}
