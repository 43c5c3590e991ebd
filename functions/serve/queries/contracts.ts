import type { BalancesFrom } from "../../shared/columns/balance-source.ts";
import { byteaArrayOfTexts } from "../../shared/columns/bytea.ts";
import type { ContractTokenType } from "../../shared/columns/token-type.ts";
import type { Snapshot } from "../database/snapshot.ts";
import type { AccountKey } from "../values/addresses.ts";

/** What is known of a contract, whichever tables know it. */
export interface ContractRow {
  /** The contract's place in the list that was asked for, from 1. */
  ordinal: number;
  /** Null: it was never met as if it were a token. */
  type: ContractTokenType | null;
  /** Is it the contract of an asset that was seen, deployed or not? */
  is_asset: boolean;
  code: string | null;
  issuer: string | null;
  name: string | null;
  symbol: string | null;
  decimals: number | null;
  balances_from: BalancesFrom | null;
  events_differ: boolean;
  supply: string | null;
  /** Does it run code? */
  is_contract: boolean;
  /** Text of bytea; null also where the tag that names the code has not been seen. */
  wasm_hash: string | null;
  /** What the code is; null: its bytes have not been seen. */
  kind: Exclude<ContractTokenType, "UNKNOWN" | "SAC"> | null;
  since_ledger: number | null;
  created_ledger: number | null;
}

/** Reads what is known of contracts: one row each. */
export function contractsByAddress(snapshot: Snapshot, contracts: readonly AccountKey[]): Promise<ContractRow[]> {
  const texts = `{${contracts.map(({ text }) => text).join(",")}}`;
  const columns = byteaArrayOfTexts(contracts.map(({ column }) => column));
  return snapshot.query<ContractRow>(
    (sql) => sql`
      select k.ordinal::integer, t.type, a.id is not null as is_asset, coalesce(t.code, a.code) as code, coalesce(t.issuer, a.issuer) as issuer,
        t.name, t.symbol, t.decimals, t.balances_from, coalesce(t.events_differ, false) as events_differ, 
        case when t.is_supply_stored or not t.events_differ then t.supply end::text as supply,
        p.contract_id is not null as is_contract, w.wasm_hash, v.kind, greatest(p.since_ledger, g.since_ledger) as since_ledger, p.created_ledger
      from unnest(${texts}::text[], ${columns}::bytea[]) with ordinality k (text, address, ordinal)
      left join lateral (select * from contract_tokens c where c.contract_id = k.text limit 1) t on true
      left join lateral (select * from trustline_assets l where l.contract_id = k.address limit 1) a on true
      left join lateral (select * from protocol_contracts c where c.contract_id = k.address limit 1) p on true
      left join lateral (select * from executable_tags e where e.tag_key = p.tag_key limit 1) g on true
      cross join lateral (select coalesce(p.wasm_hash, g.wasm_hash) as wasm_hash) w
      left join lateral (select kind from protocol_wasms c where c.wasm_hash = w.wasm_hash limit 1) v on true`,
  );
}

/** The functions of a code as JSON text; null: its bytes have not been seen. */
interface FunctionsRow {
  wasm_hash: string;
  functions: string | null;
}

/** @param hashes texts of bytea */
export function functionsOfCode(snapshot: Snapshot, hashes: readonly string[]): Promise<FunctionsRow[]> {
  return snapshot.query<FunctionsRow>(
    (sql) => sql`select wasm_hash, functions from protocol_wasms where wasm_hash = any (${byteaArrayOfTexts(hashes)}::bytea[])`,
  );
}
