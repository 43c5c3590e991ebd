import type { DatabaseConnection, Fragment } from "../database/connection.ts";
import type { Snapshot } from "../database/snapshot.ts";
import type { NftCursor } from "../pagination/cursors.ts";
import type { Page } from "../pagination/page.ts";
import type { AccountKey } from "../values/addresses.ts";
import { accountColumns } from "./accounts.ts";
import { MOST_INSPECTED } from "./inspected.ts";

/** An NFT of a SEP-50 contract. */
export interface NftRow {
  /** The place of what was asked for in its list, from 1. */
  ordinal: number;
  /** The contract's id in `contract_tokens`. */
  contract_uuid: string;
  /** Decimal digits. */
  token_id: string;
  /** `C…` */
  contract_id: string;
  name: string | null;
  symbol: string | null;
  /** Text form of bytea. */
  owner_id: string;
  /** Null: there may be more behind this place, at which the statement gave up looking. */
  is_stored: boolean | null;
  last_modified_ledger: number;
  uri: string | null;
  live_until_ledger: number | null;
  is_archived: boolean;
}

/** Is the entry of the row `n` archived: was it evicted, or is its last ledger behind the newest? */
function isArchived(sql: DatabaseConnection): Fragment {
  return sql`n.evicted_ledger is not null or coalesce(n.live_until_ledger < (select ledger from cursors where name = 'latest'), false)`;
}

/**
 * NFTs of owners, each owner's by contract and number in the direction of travel, one more than asked for if there is one: rows of `nfts`, and
 * of the ranges that it was minted in those that have none. Both come in the order of an index. Ranges of a contract do not overlap, so by
 * their beginnings the tokens in them are in order, too. Of each table MOST_INSPECTED rows are looked at: most may be of contracts that are none of SEP-50.
 */
export function nftsOfOwners(
  snapshot: Snapshot,
  owners: readonly AccountKey[],
  { backward, cursor, limit }: Page<NftCursor>,
): Promise<NftRow[]> {
  return snapshot.query<NftRow>((sql) => {
    const single = owners.length === 1;
    const owner = single ? sql`${owners[0]!.column}` : sql`k.owner`;
    const travel = backward ? sql`desc` : sql``;
    const most = limit + 1;
    const [contract, id] = [sql`${cursor?.contract ?? ""}::uuid`, sql`${cursor?.tokenId ?? ""}::numeric`];
    const beyond =
      cursor === null
        ? sql``
        : backward
          ? sql`and (n.contract_id, n.token_id) < (${contract}, ${id})`
          : sql`and (n.contract_id, n.token_id) > (${contract}, ${id})`;
    const beyondRange =
      cursor === null
        ? sql``
        : backward
          ? sql`and (r.contract_id, r.first_id) < (${contract}, ${id})`
          : sql`and r.contract_id >= ${contract} and (r.contract_id, r.last_id) > (${contract}, ${id})`;
    // Of the cursor's contract what is beyond its token; of others all. What is before next_id has rows.
    const first =
      cursor === null || backward
        ? sql`r.next_id`
        : sql`case when r.contract_id = ${contract} then greatest(r.next_id, ${id} + 1) else r.next_id end`;
    const last =
      cursor === null || !backward
        ? sql`r.last_id`
        : sql`case when r.contract_id = ${contract} then least(r.last_id, ${id} - 1) else r.last_id end`;
    const series = backward ? sql`generate_series(${last}, ${first}, -1::numeric)` : sql`generate_series(${first}, ${last})`;
    const rows = sql`from nfts n where n.owner_id = ${owner} ${beyond} order by n.contract_id ${travel}, n.token_id ${travel}`;
    const ranges = sql`from nft_ranges r where r.owner_id = ${owner} and r.next_id <= r.last_id ${beyondRange}
      order by r.contract_id ${travel}, r.first_id ${travel}`;
    const stop = sql`null::boolean, 0, null, null::integer, false`;
    const page = sql`
      select p.contract_id as contract_uuid, p.token_id::text, t.contract_id, t.name, t.symbol, ${owner}::bytea as owner_id, p.is_stored,
        p.last_modified_ledger, p.uri, p.live_until_ledger, p.is_archived, p.token_id as place
      from (
        (select n.contract_id, n.token_id, n.is_stored, n.last_modified_ledger, n.uri, n.live_until_ledger, ${isArchived(sql)} as is_archived
          from (select n.* ${rows} limit ${MOST_INSPECTED}) n
          where exists (select from contract_tokens c where c.id = n.contract_id and c.type = 'SEP50')
          order by n.contract_id ${travel}, n.token_id ${travel} limit ${most})
        union all
        (select r.contract_id, i.token_id, false, r.minted_ledger, null, null, false
          from (select r.* ${ranges} limit ${MOST_INSPECTED}) r cross join lateral (
            select s.token_id from (select ${series} as token_id) s
            where not exists (select from nfts n where n.contract_id = r.contract_id and n.token_id = s.token_id) limit ${most}) i
          where exists (select from contract_tokens c where c.id = r.contract_id and c.type = 'SEP50')
          order by r.contract_id ${travel}, r.first_id ${travel}, i.token_id ${travel} limit ${most})
        union all (select n.contract_id, n.token_id, ${stop} ${rows} offset ${MOST_INSPECTED - 1} limit 1)
        union all (select r.contract_id, ${backward ? sql`r.first_id` : sql`r.last_id`}, ${stop} ${ranges} offset ${MOST_INSPECTED - 1} limit 1)
        order by 1 ${travel}, 2 ${travel}, 3 nulls last limit ${most}) p
      left join contract_tokens t on t.id = p.contract_id`;
    const order = sql`p.contract_uuid ${travel}, p.place ${travel}, p.is_stored nulls last`;
    if (single) return sql`select 1 as ordinal, p.* from (${page}) p order by ${order}`;
    return sql`
      select k.ordinal::integer, p.* from unnest(${accountColumns(owners)}::bytea[]) with ordinality k (owner, ordinal)
      cross join lateral (${page}) p order by k.ordinal, ${order}`;
  });
}

/** NFTs by the ids of their contracts and their numbers; those that nobody has are missing. */
export function nftsById(snapshot: Snapshot, asked: readonly { contract: string; tokenId: string }[]): Promise<NftRow[]> {
  const contracts = `{${asked.map(({ contract }) => contract).join(",")}}`;
  const tokenIds = `{${asked.map(({ tokenId }) => tokenId).join(",")}}`;
  return snapshot.query<NftRow>(
    (sql) => sql`
      select k.ordinal::integer, t.id as contract_uuid, k.token_id::text, t.contract_id, t.name, t.symbol, o.*
      from unnest(${contracts}::uuid[], ${tokenIds}::numeric[]) with ordinality k (contract, token_id, ordinal)
      join contract_tokens t on t.id = k.contract and t.type = 'SEP50'
      left join nfts n on n.contract_id = k.contract and n.token_id = k.token_id
      left join lateral (
        select * from nft_ranges r where r.contract_id = k.contract and r.first_id <= k.token_id order by r.first_id desc limit 1) r
        on n.contract_id is null and k.token_id <= r.last_id
      cross join lateral (
        select coalesce(n.owner_id, r.owner_id) as owner_id, coalesce(n.is_stored, false) as is_stored,
          coalesce(n.last_modified_ledger, r.minted_ledger) as last_modified_ledger, n.uri, n.live_until_ledger, ${isArchived(sql)} as is_archived) o
      where o.owner_id is not null`,
  );
}
