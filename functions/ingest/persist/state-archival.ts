import type { Database } from "../../shared/database/session.ts";
import type { LedgerRows } from "../indexer/rows.ts";
import { arrayText } from "./array-text.ts";
import type { Pending } from "./state-table.ts";

/**
 * The statements of TTLs that changed and of entries that were evicted, to be sent behind the rows of the same ledger. Most belong to
 * entries that have no row.
 */
export function stateArchival(sql: Database, { ttls, evictedKeys, header }: LedgerRows): Pending {
  const { bytea, integer } = arrayText;
  const queries: Pending = [];
  // A balance that was written by a later ledger has the TTL of that time.
  if (ttls.length > 0)
    queries.push(sql`
      with changed as (
        select * from unnest(${bytea(ttls.map((ttl) => ttl.keyHash))}::bytea[], ${integer(ttls.map((ttl) => ttl.liveUntilLedger))}::integer[])
          as c(key_hash, live_until)),
      contracts as (
        update protocol_contracts t set live_until_ledger = c.live_until from changed c
        where t.key_hash = c.key_hash and t.live_until_ledger is distinct from c.live_until),
      tokens as (
        update contract_tokens t set live_until_ledger = c.live_until from changed c
        where t.key_hash = c.key_hash and t.live_until_ledger is distinct from c.live_until),
      sep41 as (
        update sep41_balances t set live_until_ledger = c.live_until from changed c
        where t.key_hash = c.key_hash and t.live_until_ledger is distinct from c.live_until and t.stored_ledger <= ${header.sequence}),
      nfts as (
        update nfts t set live_until_ledger = c.live_until from changed c
        where t.key_hash = c.key_hash and t.live_until_ledger is distinct from c.live_until and t.last_modified_ledger <= ${header.sequence})
      update sac_balances t set live_until_ledger = c.live_until from changed c
      where t.key_hash = c.key_hash and t.live_until_ledger is distinct from c.live_until and t.last_modified_ledger <= ${header.sequence}`);
  if (evictedKeys.length > 0)
    queries.push(sql`
      with evicted as (select unnest(${bytea(evictedKeys)}::bytea[]) as key_hash),
      contracts as (update protocol_contracts t set evicted_ledger = ${header.sequence} from evicted e where t.key_hash = e.key_hash),
      tokens as (update contract_tokens t set evicted_ledger = ${header.sequence} from evicted e where t.key_hash = e.key_hash),
      sep41 as (
        update sep41_balances t set evicted_ledger = ${header.sequence} from evicted e
        where t.key_hash = e.key_hash and t.stored_ledger <= ${header.sequence}),
      nfts as (
        update nfts t set evicted_ledger = ${header.sequence} from evicted e
        where t.key_hash = e.key_hash and t.last_modified_ledger <= ${header.sequence})
      update sac_balances t set evicted_ledger = ${header.sequence} from evicted e
      where t.key_hash = e.key_hash and t.last_modified_ledger <= ${header.sequence}`);
  return queries;
}
