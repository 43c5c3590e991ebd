import type { Database } from "../../shared/database/session.ts";
import type { LedgerRows } from "../indexer/rows.ts";
import { arrayText } from "./array-text.ts";
import type { Pending } from "./state-table.ts";

/**
 * The statements of a ledger's NFTs. A row is replaced by a later ledger alone, and never goes: what was burnt stays as burnt. Of a token that
 * is minted once more the URI is asked for again. A range that overlaps one that is there is left out, as it is when its ledger is
 * written again.
 */
export function writeNfts(sql: Database, { nfts, nftRanges, header: { sequence } }: LedgerRows): Pending {
  const { bytea, boolean, integer, numeric, uuid } = arrayText;
  const queries: Pending = [];
  if (nftRanges.length > 0)
    queries.push(sql`
      insert into nft_ranges (contract_id, first_id, last_id, owner_id, minted_ledger, next_id)
      select contract_id, first_id, last_id, owner_id, ${sequence}::integer, first_id
      from unnest(${uuid(nftRanges.map((r) => r.contractId))}::uuid[], ${numeric(nftRanges.map((r) => String(r.firstId)))}::numeric[],
        ${numeric(nftRanges.map((r) => String(r.lastId)))}::numeric[], ${bytea(nftRanges.map((r) => r.owner.bytes))}::bytea[])
        as n (contract_id, first_id, last_id, owner_id)
      where coalesce((
        select r.last_id < n.first_id from nft_ranges r
        where r.contract_id = n.contract_id and r.first_id <= n.last_id order by r.first_id desc limit 1), true)`);
  if (nfts.length > 0)
    queries.push(sql`
      insert into nfts as t (contract_id, token_id, owner_id, is_stored, key_hash, live_until_ledger, last_modified_ledger)
      select *, ${sequence}::integer
      from unnest(${uuid(nfts.map((n) => n.contractId))}::uuid[], ${numeric(nfts.map((n) => String(n.tokenId)))}::numeric[],
        ${bytea(nfts.map((n) => n.owner?.bytes ?? null))}::bytea[], ${boolean(nfts.map((n) => n.isStored))}::boolean[],
        ${bytea(nfts.map((n) => n.keyHash))}::bytea[], ${integer(nfts.map((n) => n.liveUntilLedger))}::integer[])
      on conflict (contract_id, token_id) do update set owner_id = excluded.owner_id, is_stored = excluded.is_stored, key_hash = excluded.key_hash,
        live_until_ledger = case when excluded.key_hash is not null then coalesce(excluded.live_until_ledger, t.live_until_ledger) end,
        evicted_ledger = null, last_modified_ledger = excluded.last_modified_ledger,
        uri = case when t.owner_id is not null then t.uri end, uri_ledger = case when t.owner_id is not null then t.uri_ledger end
      where t.last_modified_ledger <= excluded.last_modified_ledger`);
  return queries;
}
