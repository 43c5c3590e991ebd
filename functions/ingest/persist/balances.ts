import type { PendingQuery, Row } from "postgres";
import type { Database } from "../../shared/database/session.ts";
import type { EntryOp, LedgerRows } from "../indexer/rows.ts";
import { storableText } from "./binary-copy.ts";

/** Statements that have not been sent yet. */
export type Pending = PendingQuery<Row[]>[];

/** A PostgreSQL array literal of values that need no quoting (numbers, booleans, uuids). */
function plain(values: readonly (bigint | number | boolean | string)[]): string {
  return `{${values.join(",")}}`;
}

/** A PostgreSQL bytea[] literal. */
function byteas(values: readonly Uint8Array[]): string {
  return `{${values.map((value) => `"\\\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("hex")}"`).join(",")}}`;
}

/** A PostgreSQL text[] literal; null stays null. */
function texts(values: readonly (string | null)[]): string {
  return `{${values.map((value) => (value === null ? "null" : `"${storableText(value).replace(/["\\]/g, "\\$&")}"`)).join(",")}}`;
}

/** A raw amount as a decimal with 7 fraction digits. */
function sevenDecimals(value: bigint): string {
  const digits = String(value < 0n ? -value : value).padStart(8, "0");
  return `${value < 0n ? "-" : ""}${digits.slice(0, -7)}.${digits.slice(-7)}`;
}

function split<T extends { op: EntryOp }>(rows: readonly T[]): { upserts: T[]; removals: T[] } {
  return { upserts: rows.filter((row) => row.op !== "REMOVE"), removals: rows.filter((row) => row.op === "REMOVE") };
}

/**
 * The statements of a ledger's current state: one upsert and one delete a table, each guarded by the row's last modified
 * ledger, so that an older value never replaces a newer one.
 * @param newAssets trustline assets that this process has not written yet
 * @param newStubs tokens of balances that this process has not written yet
 */
export function currentState(
  sql: Database,
  rows: LedgerRows,
  newAssets: LedgerRows["trustlineAssets"],
  newStubs: readonly TokenStub[],
): Pending {
  const ledger = rows.header.sequence;
  return [
    ...(newAssets.length > 0 ? [upsertAssets(sql, newAssets)] : []),
    ...upsertTokens(sql, rows, newStubs),
    ...upsertNative(sql, rows, ledger),
    ...upsertTrustlines(sql, rows, ledger),
    ...upsertSac(sql, rows, ledger),
    ...upsertPools(sql, rows, ledger),
    ...upsertPoolShares(sql, rows, ledger),
    ...upsertContracts(sql, rows),
  ];
}

function upsertAssets(sql: Database, assets: LedgerRows["trustlineAssets"]): PendingQuery<Row[]> {
  return sql`
    insert into trustline_assets (id, code, issuer)
    select * from unnest(${plain(assets.map((a) => a.id))}::uuid[], ${texts(assets.map((a) => a.code))}::text[], ${texts(assets.map((a) => a.issuer))}::text[])
    on conflict do nothing`;
}

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

/**
 * Real SACs, and stubs for the tokens of balances whose contract is not known yet: a balance never waits for its token. A new stub
 * is queued, so that its contract is asked for its name later.
 */
function upsertTokens(sql: Database, rows: LedgerRows, stubs: readonly TokenStub[]): Pending {
  const contractTokens = [...rows.contractTokens, ...rows.provenTokens];
  const queries: Pending = [];
  if (contractTokens.length > 0) {
    queries.push(sql`
      insert into contract_tokens as t (id, contract_id, type, code, issuer, name, symbol, decimals)
      select * from unnest(${plain(contractTokens.map((t) => t.id))}::uuid[], ${texts(contractTokens.map((t) => t.contract.text))}::text[],
        ${texts(contractTokens.map((t) => t.type))}::text[], ${texts(contractTokens.map((t) => t.code))}::text[],
        ${texts(contractTokens.map((t) => t.issuer))}::text[], ${texts(contractTokens.map((t) => t.name))}::text[],
        ${texts(contractTokens.map((t) => t.symbol))}::text[], ${plain(contractTokens.map((t) => t.decimals ?? "null"))}::integer[])
      on conflict (id) do update set type = excluded.type, code = excluded.code, issuer = excluded.issuer, name = excluded.name,
        symbol = excluded.symbol, decimals = excluded.decimals, updated_at = now()
      where t.type = 'UNKNOWN' and excluded.type <> 'UNKNOWN'`);
  }
  if (stubs.length > 0) {
    queries.push(sql`
      with added as (
        insert into contract_tokens (id, contract_id, type)
        select id, contract_id, 'UNKNOWN' from unnest(${plain(stubs.map((t) => t.id))}::uuid[], ${texts(stubs.map((t) => t.contract))}::text[]) as t(id, contract_id)
        on conflict do nothing returning id, contract_id)
      insert into metadata_queue (token_id, contract_id) select id, contract_id from added on conflict do nothing`);
  }
  return queries;
}

function upsertNative(sql: Database, rows: LedgerRows, ledger: number): Pending {
  const contracts = rows.contractNativeBalances.map((row) => ({
    ...row,
    buyingLiabilities: 0n,
    sellingLiabilities: 0n,
    numSubentries: 0,
    numSponsoring: 0,
    numSponsored: 0,
  }));
  const { upserts, removals } = split([...rows.nativeBalances, ...contracts]);
  const queries: Pending = [];
  if (upserts.length > 0) {
    queries.push(sql`
      insert into native_balances as t (account_id, balance, buying_liabilities, selling_liabilities, num_subentries, num_sponsoring, num_sponsored, last_modified_ledger)
      select *, ${ledger}::integer from unnest(${byteas(upserts.map((r) => r.account.bytes))}::bytea[], ${plain(upserts.map((r) => r.balance))}::bigint[],
        ${plain(upserts.map((r) => r.buyingLiabilities))}::bigint[], ${plain(upserts.map((r) => r.sellingLiabilities))}::bigint[],
        ${plain(upserts.map((r) => r.numSubentries))}::integer[], ${plain(upserts.map((r) => r.numSponsoring))}::integer[], ${plain(upserts.map((r) => r.numSponsored))}::integer[])
      on conflict (account_id) do update set balance = excluded.balance, buying_liabilities = excluded.buying_liabilities,
        selling_liabilities = excluded.selling_liabilities, num_subentries = excluded.num_subentries, num_sponsoring = excluded.num_sponsoring,
        num_sponsored = excluded.num_sponsored, last_modified_ledger = excluded.last_modified_ledger
      where t.last_modified_ledger <= excluded.last_modified_ledger`);
  }
  if (removals.length > 0) {
    queries.push(sql`
      delete from native_balances where account_id = any(${byteas(removals.map((r) => r.account.bytes))}::bytea[]) and last_modified_ledger <= ${ledger}`);
  }
  return queries;
}

function upsertTrustlines(sql: Database, rows: LedgerRows, ledger: number): Pending {
  const { upserts, removals } = split(rows.trustlineBalances);
  const queries: Pending = [];
  if (upserts.length > 0) {
    queries.push(sql`
      insert into trustline_balances as t (account_id, asset_id, balance, trust_limit, buying_liabilities, selling_liabilities, flags, last_modified_ledger)
      select *, ${ledger}::integer from unnest(${byteas(upserts.map((r) => r.account.bytes))}::bytea[], ${plain(upserts.map((r) => r.asset.id))}::uuid[],
        ${plain(upserts.map((r) => r.balance))}::bigint[], ${plain(upserts.map((r) => r.trustLimit))}::bigint[],
        ${plain(upserts.map((r) => r.buyingLiabilities))}::bigint[], ${plain(upserts.map((r) => r.sellingLiabilities))}::bigint[], ${plain(upserts.map((r) => r.flags))}::integer[])
      on conflict (account_id, asset_id) do update set balance = excluded.balance, trust_limit = excluded.trust_limit,
        buying_liabilities = excluded.buying_liabilities, selling_liabilities = excluded.selling_liabilities, flags = excluded.flags,
        last_modified_ledger = excluded.last_modified_ledger
      where t.last_modified_ledger <= excluded.last_modified_ledger`);
  }
  if (removals.length > 0) {
    queries.push(sql`
      delete from trustline_balances t using unnest(${byteas(removals.map((r) => r.account.bytes))}::bytea[], ${plain(removals.map((r) => r.asset.id))}::uuid[]) as gone(account_id, asset_id)
      where t.account_id = gone.account_id and t.asset_id = gone.asset_id and t.last_modified_ledger <= ${ledger}`);
  }
  return queries;
}

function upsertSac(sql: Database, rows: LedgerRows, ledger: number): Pending {
  const { upserts, removals } = split(rows.sacBalances);
  const queries: Pending = [];
  if (upserts.length > 0) {
    queries.push(sql`
      insert into sac_balances as t (account_id, contract_id, balance, is_authorized, is_clawback_enabled, last_modified_ledger)
      select *, ${ledger}::integer from unnest(${byteas(upserts.map((r) => r.account.bytes))}::bytea[], ${plain(upserts.map((r) => r.contractId))}::uuid[],
        ${plain(upserts.map((r) => sevenDecimals(r.balance)))}::numeric[], ${plain(upserts.map((r) => r.isAuthorized))}::boolean[], ${plain(upserts.map((r) => r.isClawbackEnabled))}::boolean[])
      on conflict (account_id, contract_id) do update set balance = excluded.balance, is_authorized = excluded.is_authorized,
        is_clawback_enabled = excluded.is_clawback_enabled, last_modified_ledger = excluded.last_modified_ledger
      where t.last_modified_ledger <= excluded.last_modified_ledger`);
  }
  if (removals.length > 0) {
    queries.push(sql`
      delete from sac_balances t using unnest(${byteas(removals.map((r) => r.account.bytes))}::bytea[], ${plain(removals.map((r) => r.contractId))}::uuid[]) as gone(account_id, contract_id)
      where t.account_id = gone.account_id and t.contract_id = gone.contract_id and t.last_modified_ledger <= ${ledger}`);
  }
  return queries;
}

function upsertPools(sql: Database, rows: LedgerRows, ledger: number): Pending {
  const { upserts, removals } = split(rows.liquidityPools);
  const queries: Pending = [];
  if (upserts.length > 0) {
    queries.push(sql`
      insert into liquidity_pools as t (pool_id, asset_a, amount_a, asset_b, amount_b, last_modified_ledger)
      select *, ${ledger}::integer from unnest(${texts(upserts.map((r) => r.poolId))}::text[], ${texts(upserts.map((r) => r.assetA))}::text[],
        ${plain(upserts.map((r) => r.amountA))}::bigint[], ${texts(upserts.map((r) => r.assetB))}::text[], ${plain(upserts.map((r) => r.amountB))}::bigint[])
      on conflict (pool_id) do update set amount_a = excluded.amount_a, amount_b = excluded.amount_b, last_modified_ledger = excluded.last_modified_ledger
      where t.last_modified_ledger <= excluded.last_modified_ledger`);
  }
  if (removals.length > 0) {
    queries.push(
      sql`delete from liquidity_pools where pool_id = any(${texts(removals.map((r) => r.poolId))}::text[]) and last_modified_ledger <= ${ledger}`,
    );
  }
  return queries;
}

function upsertPoolShares(sql: Database, rows: LedgerRows, ledger: number): Pending {
  const { upserts, removals } = split(rows.liquidityPoolBalances);
  const queries: Pending = [];
  if (upserts.length > 0) {
    queries.push(sql`
      insert into liquidity_pool_balances as t (account_id, pool_id, shares, last_modified_ledger)
      select *, ${ledger}::integer from unnest(${byteas(upserts.map((r) => r.account.bytes))}::bytea[], ${texts(upserts.map((r) => r.poolId))}::text[], ${plain(upserts.map((r) => r.shares))}::bigint[])
      on conflict (account_id, pool_id) do update set shares = excluded.shares, last_modified_ledger = excluded.last_modified_ledger
      where t.last_modified_ledger <= excluded.last_modified_ledger`);
  }
  if (removals.length > 0) {
    queries.push(sql`
      delete from liquidity_pool_balances t using unnest(${byteas(removals.map((r) => r.account.bytes))}::bytea[], ${texts(removals.map((r) => r.poolId))}::text[]) as gone(account_id, pool_id)
      where t.account_id = gone.account_id and t.pool_id = gone.pool_id and t.last_modified_ledger <= ${ledger}`);
  }
  return queries;
}

function upsertContracts(sql: Database, { protocolWasms, protocolContracts }: LedgerRows): Pending {
  const queries: Pending = [];
  if (protocolWasms.length > 0) {
    queries.push(
      sql`insert into protocol_wasms (wasm_hash) select unnest(${byteas(protocolWasms.map((w) => w.wasmHash))}::bytea[]) on conflict do nothing`,
    );
  }
  if (protocolContracts.length > 0) {
    queries.push(sql`
      insert into protocol_contracts (contract_id, wasm_hash)
      select * from unnest(${byteas(protocolContracts.map((c) => c.contract.bytes))}::bytea[], ${byteas(protocolContracts.map((c) => c.wasmHash))}::bytea[])
      on conflict (contract_id) do update set wasm_hash = excluded.wasm_hash`);
  }
  return queries;
}
