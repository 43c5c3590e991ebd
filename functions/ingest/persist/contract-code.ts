import type { Database } from "../../shared/database/session.ts";
import type { ExecutableTagRow, LedgerRows, ProtocolContractRow, ProtocolWasmRow } from "../indexer/rows.ts";
import { arrayText } from "./array-text.ts";
import type { Pending } from "./state-table.ts";

/**
 * The statements of the code that a ledger shows, of the tags that name code and of the contracts that run it; most ledgers have contracts
 * alone. Each makes the tokens that it concerns what their code says (`refresh_contract_tokens`), and each is one of a ledger that may be
 * written again: what later ledgers have told stays.
 */
export function writeContractCode(sql: Database, { header, protocolWasms, executableTags, protocolContracts }: LedgerRows): Pending {
  const { sequence } = header;
  return [
    ...writeWasms(sql, protocolWasms),
    ...writeTags(sql, executableTags, sequence),
    ...writeContracts(sql, protocolContracts, sequence),
  ];
}

/** A verdict is replaced by that of a later version of this code alone: the bytes of a hash are always the same. */
function writeWasms(sql: Database, wasms: readonly ProtocolWasmRow[]): Pending {
  if (wasms.length === 0) return [];
  const { bytea, text } = arrayText;
  return [
    sql`
      with judged as (
        insert into protocol_wasms as t (wasm_hash, kind, protocol_id, functions)
        select wasm_hash, kind, protocol_id, functions::jsonb
        from unnest(${bytea(wasms.map((w) => w.wasmHash))}::bytea[], ${text(wasms.map((w) => w.kind))}::text[],
          ${text(wasms.map((w) => w.protocolId))}::text[], ${text(wasms.map((w) => w.functions))}::text[]) as w(wasm_hash, kind, protocol_id, functions)
        on conflict (wasm_hash) do update set kind = excluded.kind, protocol_id = excluded.protocol_id, functions = excluded.functions
        where t.kind is distinct from excluded.kind or t.protocol_id is distinct from excluded.protocol_id or t.functions is distinct from excluded.functions
        returning wasm_hash)
      select refresh_contract_tokens(array_agg(c.token_id)) from judged j, lateral tokens_of_code(array[j.wasm_hash]) as c(token_id)
      having count(*) > 0`,
  ];
}

/** Contracts behind one tag that are asked for their names again when it names other code: whoever owns a tag may change it every ledger. */
const LARGEST_ASKED_FLEET = 1_000;

/** A tag that is only named is written once, so that its entry can be asked for. */
function writeTags(sql: Database, tags: readonly ExecutableTagRow[], ledger: number): Pending {
  if (tags.length === 0) return [];
  const { bytea } = arrayText;
  return [
    sql`
      with shown as (
        select * from unnest(${bytea(tags.map((t) => t.tagKey))}::bytea[], ${bytea(tags.map((t) => t.owner.bytes))}::bytea[],
          ${bytea(tags.map((t) => t.tag))}::bytea[], ${bytea(tags.map((t) => t.wasmHash))}::bytea[]) as s(tag_key, owner_id, tag, wasm_hash)),
      former as (
        insert into former_executables (subject, until_ledger, wasm_hash)
        select t.tag_key, ${ledger - 1}::integer, t.wasm_hash from shown s join executable_tags t on t.tag_key = s.tag_key
        where t.since_ledger < ${ledger} and t.wasm_hash <> s.wasm_hash
        on conflict do nothing),
      changed as (
        insert into executable_tags as t (tag_key, owner_id, tag, wasm_hash, since_ledger) select *, ${ledger}::integer from shown
        on conflict (tag_key) do update set wasm_hash = excluded.wasm_hash, since_ledger = excluded.since_ledger
        where t.since_ledger <= excluded.since_ledger and excluded.wasm_hash is not null and t.wasm_hash is distinct from excluded.wasm_hash
        returning tag_key)
      select refresh_contract_tokens(array_agg(c.token_id), count(*) <= ${LARGEST_ASKED_FLEET}) from changed t join protocol_contracts c on c.tag_key = t.tag_key
      having count(*) > 0`,
  ];
}

/** Contracts whose executable and TTL are known as they are, which are most, cost a look. */
function writeContracts(sql: Database, contracts: readonly ProtocolContractRow[], ledger: number): Pending {
  if (contracts.length === 0) return [];
  const { boolean, bytea, integer, uuid } = arrayText;
  const living = contracts.filter(({ liveUntilLedger }) => liveUntilLedger !== null);
  return [
    ...restoreTokens(sql, living),
    sql`
      with shown as (
        select contract_id, token_id, wasm_hash, tag_key, case when is_created then ${ledger}::integer end as created_ledger, key_hash, live_until_ledger
        from unnest(${bytea(contracts.map((c) => c.contract.bytes))}::bytea[], ${uuid(contracts.map((c) => c.tokenId))}::uuid[],
          ${bytea(contracts.map((c) => c.wasmHash))}::bytea[], ${bytea(contracts.map((c) => c.tagKey))}::bytea[],
          ${boolean(contracts.map((c) => c.isCreated))}::boolean[], ${bytea(contracts.map((c) => c.keyHash))}::bytea[],
          ${integer(contracts.map((c) => c.liveUntilLedger))}::integer[])
          as s(contract_id, token_id, wasm_hash, tag_key, is_created, key_hash, live_until_ledger)),
      former as (
        insert into former_executables (subject, until_ledger, wasm_hash, tag_key)
        select t.contract_id, ${ledger - 1}::integer, t.wasm_hash, t.tag_key from shown s join protocol_contracts t on t.contract_id = s.contract_id
        where t.since_ledger < ${ledger} and (t.wasm_hash is distinct from s.wasm_hash or t.tag_key is distinct from s.tag_key)
        on conflict do nothing),
      written as (
        insert into protocol_contracts as t (contract_id, token_id, wasm_hash, tag_key, created_ledger, key_hash, live_until_ledger, since_ledger)
        select *, ${ledger}::integer from shown
        on conflict (contract_id) do update set wasm_hash = excluded.wasm_hash, tag_key = excluded.tag_key,
          since_ledger = case when t.wasm_hash is distinct from excluded.wasm_hash or t.tag_key is distinct from excluded.tag_key
            then excluded.since_ledger else t.since_ledger end,
          created_ledger = coalesce(t.created_ledger, excluded.created_ledger),
          live_until_ledger = coalesce(excluded.live_until_ledger, t.live_until_ledger), evicted_ledger = null
        where t.since_ledger <= excluded.since_ledger
          and (t.wasm_hash is distinct from excluded.wasm_hash or t.tag_key is distinct from excluded.tag_key
            or t.live_until_ledger <> excluded.live_until_ledger or (t.live_until_ledger is null and excluded.live_until_ledger is not null)
            or t.evicted_ledger is not null or (t.created_ledger is null and excluded.created_ledger is not null))
        returning t.token_id, t.since_ledger = ${ledger} as has_changed)
      select refresh_contract_tokens(array_agg(token_id), true) from written where has_changed having count(*) > 0`,
  ];
}

/** The rows of these contracts in contract_tokens have the same TTL; that of one that comes back from the archive is told here alone. */
function restoreTokens(sql: Database, contracts: readonly ProtocolContractRow[]): Pending {
  if (contracts.length === 0) return [];
  const { bytea, integer } = arrayText;
  return [
    sql`
      update contract_tokens t set live_until_ledger = s.live_until_ledger, evicted_ledger = null
      from unnest(${bytea(contracts.map((c) => c.keyHash))}::bytea[], ${integer(contracts.map((c) => c.liveUntilLedger))}::integer[])
        as s(key_hash, live_until_ledger)
      where t.key_hash = s.key_hash and (t.live_until_ledger is distinct from s.live_until_ledger or t.evicted_ledger is not null)`,
  ];
}
