import type { Database } from "../../shared/database/session.ts";
import type { Address } from "../../shared/xdr/address.ts";
import type { ContractTokenRow, LedgerRows } from "../indexer/rows.ts";
import { instanceKeyHash } from "../ledger/key-hash.ts";
import { arrayText } from "./array-text.ts";
import type { Pending } from "./state-table.ts";

/** A token of which only the contract is known. */
export interface TokenStub {
  id: string;
  contract: Address;
}

/** The tokens that a ledger has balances, allowances, token events or NFTs of. */
export function tokenStubs(rows: LedgerRows): TokenStub[] {
  const { sacBalances, tokenBalances, storedAllowances, toldAllowances, layoutEvidence, nfts, nftRanges } = rows;
  const stubs = new Map<string, Address>();
  for (const met of [sacBalances, tokenBalances, storedAllowances, toldAllowances, layoutEvidence, nfts, nftRanges])
    for (const { contractId, contract } of met) stubs.set(contractId, contract);
  return Array.from(stubs, ([id, contract]) => ({ id, contract }));
}

/**
 * Stellar Asset Contracts that the ledger has proven. They replace stubs; a token that is known already stays as it is, but for its
 * instance's TTL when the ledger made or restored that.
 */
export function writeTokens(sql: Database, tokens: readonly ContractTokenRow[]): Pending {
  if (tokens.length === 0) return [];
  const { bytea, uuid, text, integer } = arrayText;
  return [
    sql`
      insert into contract_tokens as t (id, contract_id, type, code, issuer, name, symbol, decimals, key_hash, live_until_ledger)
      select * from unnest(${uuid(tokens.map((t) => t.id))}::uuid[], ${text(tokens.map((t) => t.contract.text))}::text[],
        ${text(tokens.map((t) => t.type))}::text[], ${text(tokens.map((t) => t.code))}::text[],
        ${text(tokens.map((t) => t.issuer))}::text[], ${text(tokens.map((t) => t.name))}::text[],
        ${text(tokens.map((t) => t.symbol))}::text[], ${integer(tokens.map((t) => t.decimals))}::integer[],
        ${bytea(tokens.map((t) => t.keyHash))}::bytea[], ${integer(tokens.map((t) => t.liveUntilLedger))}::integer[])
      on conflict (id) do update set type = excluded.type, code = excluded.code, issuer = excluded.issuer, name = excluded.name,
        symbol = excluded.symbol, decimals = excluded.decimals, updated_at = now(), key_hash = excluded.key_hash,
        live_until_ledger = coalesce(excluded.live_until_ledger, t.live_until_ledger),
        evicted_ledger = case when excluded.live_until_ledger is null then t.evicted_ledger end
      where (t.type = 'UNKNOWN' and excluded.type <> 'UNKNOWN') or excluded.live_until_ledger is not null`,
  ];
}

/**
 * Stubs for tokens whose contract is not known yet: what a ledger tells of a token never waits for it. A new stub is queued, so that its
 * contract is asked for its name later.
 */
export function writeStubs(sql: Database, stubs: readonly TokenStub[]): Pending {
  if (stubs.length === 0) return [];
  const { bytea, uuid, text } = arrayText;
  return [
    sql`
      with added as (
        insert into contract_tokens (id, contract_id, type, key_hash)
        select id, contract_id, 'UNKNOWN', key_hash
        from unnest(${uuid(stubs.map((t) => t.id))}::uuid[], ${text(stubs.map((t) => t.contract.text))}::text[],
          ${bytea(stubs.map((t) => instanceKeyHash(t.contract)))}::bytea[]) as t(id, contract_id, key_hash)
        on conflict do nothing returning id, contract_id)
      insert into metadata_queue (token_id, contract_id) select id, contract_id from added on conflict do nothing`,
  ];
}

/** What stubs are, of contracts whose code is known already; to be sent behind the contracts of the same ledger. */
export function refreshStubs(sql: Database, stubs: readonly TokenStub[]): Pending {
  if (stubs.length === 0) return [];
  return [sql`select refresh_contract_tokens(${arrayText.uuid(stubs.map((t) => t.id))}::uuid[])`];
}
