import { byteaArrayOfTexts } from "../../shared/columns/bytea.ts";
import type { BalancesFrom } from "../../shared/columns/balance-source.ts";
import type { ContractTokenType } from "../../shared/columns/token-type.ts";
import type { Snapshot } from "../database/snapshot.ts";
import type { AccountKey } from "../values/addresses.ts";

/** What is known of a token's contract. */
export interface TokenRow {
  /** The contract's place in the list that was asked for, from 1. */
  ordinal: number;
  /** Null: no token of a known kind is at this contract, as far as the tokens' own table says. */
  type: Exclude<ContractTokenType, "UNKNOWN"> | null;
  /** Of an asset, whichever table knows it. */
  code: string | null;
  issuer: string | null;
  name: string | null;
  symbol: string | null;
  decimals: number | null;
  /**
   * Where the balance of a holder without a row is read from; null as the type. Of a contract that is older than the first ledger here, nobody
   * knows entries that no ledger has touched: PARTIAL.
   */
  balances_from: BalancesFrom | null;
  events_differ: boolean;
  /** 0: no ledger is here. */
  newest_ledger: number;
}

/** Reads the tokens at these contracts: those that have balances of contracts or a standard, and the assets of trustlines, claimable balances and offers. */
export function tokensByContract(snapshot: Snapshot, contracts: readonly AccountKey[]): Promise<TokenRow[]> {
  const texts = `{${contracts.map(({ text }) => text).join(",")}}`;
  const columns = byteaArrayOfTexts(contracts.map(({ column }) => column));
  return snapshot.query<TokenRow>(
    (sql) => sql`
      select k.ordinal::integer, t.type, coalesce(t.code, a.code) as code, coalesce(t.issuer, a.issuer) as issuer, t.name, t.symbol, t.decimals,
        case when p.created_ledger is null and t.type is not null then 'PARTIAL' else t.balances_from end as balances_from, coalesce(t.events_differ, false) as events_differ, coalesce((select ledger from cursors where name = 'latest'), 0) as newest_ledger
      from unnest(${texts}::text[], ${columns}::bytea[]) with ordinality k (text, address, ordinal)
      left join lateral (select * from contract_tokens c where c.contract_id = k.text and c.type <> 'UNKNOWN' limit 1) t on true
      left join lateral (select * from trustline_assets l where l.contract_id = k.address limit 1) a on true
      left join lateral (select created_ledger from protocol_contracts c where c.contract_id = k.address limit 1) p on true`,
  );
}

/** A pool's reserves, in stroops. */
export interface PoolRow {
  pool_id: string;
  /** `native` or `CODE:ISSUER`. */
  asset_a: string;
  amount_a: string;
  asset_b: string;
  amount_b: string;
}

/** @param ids 64 lower-case hex digits each */
export function poolsById(snapshot: Snapshot, ids: readonly string[]): Promise<PoolRow[]> {
  return snapshot.query<PoolRow>(
    (sql) => sql`
      select pool_id, asset_a, amount_a::text, asset_b, amount_b::text from liquidity_pools where pool_id = any(${`{${ids.join(",")}}`}::text[])`,
  );
}
