import type { Database } from "../../shared/database/session.ts";
import type { ContractTokenRow, LedgerRows } from "../indexer/rows.ts";
import { arrayText } from "./array-text.ts";
import type { Pending } from "./state-table.ts";

/** A token of which only the contract is known. */
export interface TokenStub {
  id: string;
  /** `C…` */
  contract: string;
}

/** The tokens that a ledger has balances in. */
export function tokenStubs({ sacBalances }: LedgerRows): TokenStub[] {
  const stubs = new Map(sacBalances.map(({ contractId, contract }) => [contractId, contract.text]));
  return Array.from(stubs, ([id, contract]) => ({ id, contract }));
}

/** Stellar Asset Contracts that the ledger has proven. They replace stubs; a token that is known already stays as it is. */
export function writeTokens(sql: Database, tokens: readonly ContractTokenRow[]): Pending {
  if (tokens.length === 0) return [];
  const { uuid, text, integer } = arrayText;
  return [
    sql`
      insert into contract_tokens as t (id, contract_id, type, code, issuer, name, symbol, decimals)
      select * from unnest(${uuid(tokens.map((t) => t.id))}::uuid[], ${text(tokens.map((t) => t.contract.text))}::text[],
        ${text(tokens.map((t) => t.type))}::text[], ${text(tokens.map((t) => t.code))}::text[],
        ${text(tokens.map((t) => t.issuer))}::text[], ${text(tokens.map((t) => t.name))}::text[],
        ${text(tokens.map((t) => t.symbol))}::text[], ${integer(tokens.map((t) => t.decimals))}::integer[])
      on conflict (id) do update set type = excluded.type, code = excluded.code, issuer = excluded.issuer, name = excluded.name,
        symbol = excluded.symbol, decimals = excluded.decimals, updated_at = now()
      where t.type = 'UNKNOWN' and excluded.type <> 'UNKNOWN'`,
  ];
}

/**
 * Stubs for the tokens of balances whose contract is not known yet: a balance never waits for its token. A new stub is queued, so
 * that its contract is asked for its name later.
 */
export function writeStubs(sql: Database, stubs: readonly TokenStub[]): Pending {
  if (stubs.length === 0) return [];
  const { uuid, text } = arrayText;
  return [
    sql`
      with added as (
        insert into contract_tokens (id, contract_id, type)
        select id, contract_id, 'UNKNOWN' from unnest(${uuid(stubs.map((t) => t.id))}::uuid[], ${text(stubs.map((t) => t.contract))}::text[]) as t(id, contract_id)
        on conflict do nothing returning id, contract_id)
      insert into metadata_queue (token_id, contract_id) select id, contract_id from added on conflict do nothing`,
  ];
}
