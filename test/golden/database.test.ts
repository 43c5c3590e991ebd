import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import type { Database } from "../../functions/shared/database/session.ts";
import { encodeStrkey } from "../../functions/shared/strkey.ts";
import { testDatabase } from "../fixtures/database.ts";
import { multisetDifference, type GoldenRow } from "../fixtures/golden-ledgers.ts";
import { ingestChain } from "../fixtures/ingest-chain.ts";
import { readShared, shared, sharedTest } from "../fixtures/shared.ts";
import { REFUNDED_BALANCES } from "./refunded-balances.ts";

const LEDGERS = ["51000294", "57500008", "63092988", "63092990"];

type Tables = Record<string, GoldenRow[]>;

/** Decoded as the golden files are: strkeys, hex, times without fraction, 64-bit integers as strings, no nulls. */
function decode(row: Record<string, unknown>): GoldenRow {
  const out: GoldenRow = {};
  for (const [name, value] of Object.entries(row)) {
    if (value === null) continue;
    if (value instanceof Uint8Array) out[name] = value.length === 32 ? Buffer.from(value).toString("hex") : encodeStrkey(value);
    else if (typeof value === "string" && /^\d{4}-\d\d-\d\d \d\d:/.test(value)) out[name] = `${value.slice(0, 10)}T${value.slice(11, 19)}Z`;
    else out[name] = value;
  }
  return out;
}

async function ours(sql: Database): Promise<Tables> {
  const query = async (rows: PromiseLike<Iterable<object | undefined>>): Promise<GoldenRow[]> =>
    Array.from(await rows, (row) => decode(row as Record<string, unknown>));
  // The participants are those of the link tables' readers: the fat rows carry them.
  return {
    transactions:
      await query(sql`select to_id as toid, hash, fee_charged as "feeCharged", result_code as "resultCode", ledger_number as "ledgerNumber",
      ledger_created_at as "ledgerCreatedAt", is_fee_bump as "isFeeBump" from transactions`),
    operations: await query(sql`select id, operation_type as "type", replace(encode(operation_xdr, 'base64'), E'\n', '') as "operationXdr",
      result_code as "resultCode", successful, ledger_number as "ledgerNumber", ledger_created_at as "ledgerCreatedAt" from operations`),
    state_changes:
      await query(sql`select to_id as toid, case when operation_id <> 0 then operation_id end as "operationId", state_change_id as "stateChangeId",
      state_change_category as category, state_change_reason as reason, account_id as account, token_id as "tokenId", amount,
      signer_account_id as "signerAddress", signer_weight_old as "oldWeight", signer_weight_new as "newWeight",
      creator_account_id as "creatorAddress", destination_account_id as "destinationAddress" from state_changes`),
    native_balances:
      await query(sql`select account_id as account, balance, buying_liabilities as "buyingLiabilities", selling_liabilities as "sellingLiabilities",
      num_subentries as "numSubentries", (2 + num_subentries + num_sponsoring - num_sponsored) * 5000000::bigint as "minimumBalance",
      last_modified_ledger as "lastModifiedLedger" from native_balances where get_byte(account_id, 0) = 48`),
    trustline_assets: await query(sql`select id, code, issuer from trustline_assets`),
    trustline_balances:
      await query(sql`select b.account_id as account, b.asset_id as "assetId", a.code, a.issuer, b.balance, b.trust_limit as "limit",
      b.buying_liabilities as "buyingLiabilities", b.selling_liabilities as "sellingLiabilities", b.flags, b.last_modified_ledger as "lastModifiedLedger"
      from trustline_balances b join trustline_assets a on a.id = b.asset_id`),
    sac_balances:
      await query(sql`select b.account_id as account, t.contract_id as "tokenId", b.balance::text as balance, t.code, t.issuer, t.decimals,
      b.is_authorized as "isAuthorized", b.is_clawback_enabled as "isClawbackEnabled", b.last_modified_ledger as "lastModifiedLedger"
      from sac_balances b join contract_tokens t on t.id = b.contract_id and t.type = 'SAC'`),
    liquidity_pools:
      await query(sql`select pool_id as "poolId", asset_a as "assetA", amount_a as "amountA", asset_b as "assetB", amount_b as "amountB",
      last_modified_ledger as "lastModifiedLedger" from liquidity_pools`),
    liquidity_pool_balances: await query(
      sql`select account_id as account, pool_id as "poolId", shares, last_modified_ledger as "lastModifiedLedger" from liquidity_pool_balances`,
    ),
  };
}

/** Row members that both sides have: some goldens leave out what our columns hold, or add what only a join gives. */
function common(rows: readonly GoldenRow[], others: readonly GoldenRow[], optional: ReadonlySet<string>): GoldenRow[] {
  const names = new Set(others.flatMap((row) => Object.keys(row)));
  return rows.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => names.has(name) || !optional.has(name))));
}

/** Members of only one side: named here, so that any other difference in members fails. */
const OPTIONAL = new Set([
  "__typename",
  "transactionHash",
  "ledgerCreatedAt",
  "ledgerNumber",
  "type",
  "minimumBalance",
  "flags",
  "keyValue",
]);

/** What every kind of state change has in both forms; the members of single kinds are compared in history.test.ts. */
const STATE_CHANGE_MEMBERS = new Set([
  "toid",
  "operationId",
  "stateChangeId",
  "category",
  "reason",
  "account",
  "amount",
  "signerAddress",
  "oldWeight",
  "newWeight",
  "creatorAddress",
  "destinationAddress",
]);

/** The named members of a row (all: null), without those that are null. */
function members(row: GoldenRow, names: ReadonlySet<string> | null): GoldenRow {
  return Object.fromEntries(Object.entries(row).filter(([name, value]) => value !== null && (names?.has(name) ?? true)));
}

async function participants(sql: Database, table: "transactions" | "operations", id: string): Promise<GoldenRow[]> {
  const rows = await sql<{ id: string; accounts: string[] }[]>`
    select ${sql(id)} as id, array(select encode(account, 'hex') from unnest(accounts) account) as accounts from ${sql(table)}`;
  return Array.from(rows, (row) => ({
    id: row.id,
    accounts: textArray(row.accounts)
      .map((hex) => encodeStrkey(Buffer.from(hex, "hex")))
      .sort(),
  }));
}

function textArray(value: unknown): string[] {
  return Array.isArray(value) ? (value as string[]) : String(value).slice(1, -1).split(",").filter(Boolean);
}

/** Links against the participants that the fat rows carry: a row an account key and ledger, an id a distinct pair. */
async function links(sql: Database, table: "transactions" | "operations"): Promise<object> {
  const [id, ids] = table === "transactions" ? ["to_id", "tx_to_ids"] : ["id", "operation_ids"];
  const [row] = await sql<object[]>`
    with linked as (select account_key, id from ${sql(`${table}_accounts`)} cross join unnest(${sql(ids)}) ids (id)),
      carried as (
        select distinct ('x' || encode(substring(account from 2 for 8), 'hex'))::bit(64)::bigint as account_key, ${sql(id)} as id
        from ${sql(table)} cross join unnest(accounts) account
      ),
      keys as (select count(*)::int as key_rows, count(distinct (account_key, ledger_created_at))::int as keys from ${sql(`${table}_accounts`)})
    select (select count(*)::int from (select * from linked except all select * from carried) l) as "linkedOnly",
      (select count(*)::int from (select * from carried except all select * from linked) c) as "carriedOnly",
      key_rows - keys as "repeatedKeys" from keys`;
  return { ...row! };
}

for (const ledger of LEDGERS) {
  sharedTest(`the tables after ledger ${ledger} are the peer's`, async () => {
    const database = await testDatabase();
    const folder = mkdtempSync(join(tmpdir(), "wallet-ledger-"));
    after(() => rmSync(folder, { recursive: true, force: true }));
    copyFileSync(shared(`ledgers/pubnet/${ledger}.xdr.gz`), join(folder, `${ledger}.xdr.gz`));
    assert.equal((await ingestChain(database.url, { folder })).ledgers, 1);
    const golden = JSON.parse(readShared(`golden/database/${ledger}.json.gz`).toString()) as Tables;
    for (const [name, account, peer, true_] of REFUNDED_BALANCES) {
      const row = name === ledger ? golden.native_balances!.find((r) => r.account === account && r.balance === peer) : undefined;
      if (row) row.balance = true_;
    }
    const sql = database.connect();
    for (const [table, rows] of Object.entries(await ours(sql))) {
      const names = table === "state_changes" ? STATE_CHANGE_MEMBERS : null;
      const theirs = (golden[table] ?? []).map((row) => members(row, names));
      const mine = rows.map((row) => members(row, names));
      const { extra, missing } = multisetDifference(common(mine, theirs, OPTIONAL), common(theirs, mine, OPTIONAL));
      assert.equal(
        extra.length + missing.length,
        0,
        `${table}\nours only: ${extra.slice(0, 2).join("\n")}\npeer only: ${missing.slice(0, 2).join("\n")}`,
      );
    }
    for (const [table, section, id] of [
      ["transactions", "transaction_participants", "to_id"],
      ["operations", "operation_participants", "id"],
    ] as const) {
      const theirs = golden[section]!.map((row) => ({
        id: (row.toid ?? row.id) as string,
        accounts: [...(row.accounts as string[])].sort(),
      }));
      const { extra, missing } = multisetDifference(await participants(sql, table, id), theirs);
      assert.deepEqual({ extra: extra.slice(0, 2), missing: missing.slice(0, 2) }, { extra: [], missing: [] }, section);
      assert.deepEqual(await links(sql, table), { linkedOnly: 0, carriedOnly: 0, repeatedKeys: 0 }, `${table}_accounts`);
    }
  });
}
