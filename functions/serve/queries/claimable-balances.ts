import { byteaArrayOfTexts } from "../../shared/columns/bytea.ts";
import type { DatabaseConnection } from "../database/connection.ts";
import type { Snapshot } from "../database/snapshot.ts";
import type { ClaimableCursor } from "../pagination/cursors.ts";
import type { AccountKey } from "../values/addresses.ts";

/** A claimable balance. Addresses, ids and XDR are texts of bytea columns. */
export interface ClaimableBalanceRow {
  balance_id: string;
  /** Null: XLM. */
  asset_id: string | null;
  code: string | null;
  issuer: string | null;
  /** Stroops. */
  amount: string;
  /** XDR `Claimant<10>`. */
  claimants: string;
  is_clawback_enabled: boolean;
  sponsor: string | null;
  since_ledger: number;
  /** Id of the operation that made it; this and the next three are null when ingestion began later. */
  made_by: string | null;
  made_at: string | null;
  /** `made_at` in seconds since 1970. */
  made_second: string | null;
  /** Operations of the transaction that made it. */
  made_with: number | null;
  last_modified_ledger: number;
  /** Close time of the newest ledger, seconds since 1970; null before the first. */
  closed_second: string | null;
}

/** One of a claimant's. */
export interface ClaimantRow extends ClaimableBalanceRow {
  /** The place of its start in the list that was asked for, from 1. */
  ordinal: number;
  /** Has the claimant a trustline to the asset? */
  is_trusted: boolean;
}

/** A claimant, and behind which of its balances to begin; null: at the end that the direction begins at. */
export interface ClaimantStart {
  claimant: AccountKey;
  from: ClaimableCursor | null;
}

const columns = (sql: DatabaseConnection) => sql`
  b.balance_id, b.asset_id, a.code, a.issuer, b.amount::text, b.claimants, b.is_clawback_enabled, b.sponsor, b.since_ledger, b.made_by::text, b.made_at,
  extract(epoch from b.made_at)::bigint::text as made_second, b.made_with, b.last_modified_ledger,
  (select extract(epoch from closed_at)::bigint::text from cursors where name = 'latest') as closed_second`;

/** The asset of `b`. A join by `limit 1` is always a look-up: the planner cannot know how few rows a page has, and would read the whole table. */
const assetOf = (sql: DatabaseConnection) =>
  sql`left join lateral (select code, issuer from trustline_assets n where n.id = b.asset_id limit 1) a on true`;

/**
 * Balances of claimants, each claimant's in the direction of travel: oldest first, then by id.
 * @param starts all begin behind a balance, or all at an end
 */
export function claimableBalancesOf(
  snapshot: Snapshot,
  starts: readonly ClaimantStart[],
  { backward, limit }: { backward: boolean; limit: number },
): Promise<ClaimantRow[]> {
  return snapshot.query<ClaimantRow>((sql) => {
    const travel = backward ? sql`desc` : sql``;
    const [first] = starts;
    const single = starts.length === 1;
    const claimant = single ? sql`${first!.claimant.column}` : sql`k.claimant`;
    const [ledger, id] = single
      ? [sql`${first!.from?.ledger ?? 0}::integer`, sql`${first!.from?.id ?? null}::bytea`]
      : [sql`k.ledger`, sql`k.id`];
    const beyond =
      first!.from === null
        ? sql``
        : backward
          ? sql`and (since_ledger, balance_id) < (${ledger}, ${id})`
          : sql`and (since_ledger, balance_id) > (${ledger}, ${id})`;
    const page = sql`
      select ${columns(sql)}, t.found is not null as is_trusted
      from (
        select claimant_id, since_ledger, balance_id from claimable_balance_claimants where claimant_id = ${claimant} ${beyond}
        order by since_ledger ${travel}, balance_id ${travel} limit ${limit}) l
      cross join lateral (select * from claimable_balances c where c.balance_id = l.balance_id limit 1) b
      ${assetOf(sql)}
      left join lateral (select true as found from trustline_balances h where h.account_id = l.claimant_id and h.asset_id = b.asset_id limit 1) t on true`;
    const order = sql`p.since_ledger ${travel}, p.balance_id ${travel}`;
    if (single) return sql`select 1 as ordinal, p.* from (${page}) p order by ${order}`;
    const claimants = byteaArrayOfTexts(starts.map((start) => start.claimant.column));
    const ledgers = `{${starts.map(({ from }) => from?.ledger ?? 0).join(",")}}`;
    const ids = byteaArrayOfTexts(starts.map(({ from }) => from?.id ?? null));
    return sql`
      select k.ordinal::integer, p.* from unnest(${claimants}::bytea[], ${ledgers}::integer[], ${ids}::bytea[]) with ordinality k (claimant, ledger, id, ordinal)
      cross join lateral (${page}) p order by k.ordinal, ${order}`;
  });
}

/** Balances by id (texts of bytea); missing ones are absent. */
export function claimableBalancesById(snapshot: Snapshot, ids: readonly string[]): Promise<ClaimableBalanceRow[]> {
  return snapshot.query<ClaimableBalanceRow>(
    (sql) => sql`
      select ${columns(sql)} from claimable_balances b ${assetOf(sql)}
      where b.balance_id = any (${byteaArrayOfTexts(ids)}::bytea[])`,
  );
}
