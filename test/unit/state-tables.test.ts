import assert from "node:assert/strict";
import { test } from "node:test";
import type { Database } from "../../functions/shared/database/session.ts";
import type { SacBalanceRow } from "../../functions/ingest/indexer/rows.ts";
import * as tables from "../../functions/ingest/persist/state-tables.ts";
import { GuardedTable } from "../../functions/ingest/persist/state-table.ts";

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

/** What every guarded upsert ends with. */
const GUARD = "last_modified_ledger = excluded.last_modified_ledger where t.last_modified_ledger <= excluded.last_modified_ledger";

const UPSERTS: Record<keyof typeof tables, string> = {
  accountData: `insert into account_data as t (account_id, name, value, sponsor, last_modified_ledger)
    select *, $5::integer from unnest($1::bytea[], $2::bytea[], $3::bytea[], $4::bytea[])
    on conflict (account_id, name) do update set value = excluded.value, sponsor = excluded.sponsor, ${GUARD}`,
  trustlineBalances: `insert into trustline_balances as t (account_id, asset_id, balance, trust_limit, buying_liabilities, selling_liabilities, flags, sponsor, last_modified_ledger)
    select *, $9::integer from unnest($1::bytea[], $2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::integer[], $8::bytea[])
    on conflict (account_id, asset_id) do update set balance = excluded.balance, trust_limit = excluded.trust_limit,
    buying_liabilities = excluded.buying_liabilities, selling_liabilities = excluded.selling_liabilities, flags = excluded.flags, sponsor = excluded.sponsor, ${GUARD}`,
  sacBalances: `insert into sac_balances as t (account_id, contract_id, key_hash, balance, is_authorized, is_clawback_enabled, live_until_ledger, last_modified_ledger)
    select *, $8::integer from unnest($1::bytea[], $2::uuid[], $3::bytea[], $4::numeric[], $5::boolean[], $6::boolean[], $7::integer[])
    on conflict (account_id, contract_id) do update set balance = excluded.balance, is_authorized = excluded.is_authorized,
    is_clawback_enabled = excluded.is_clawback_enabled, live_until_ledger = coalesce(excluded.live_until_ledger, t.live_until_ledger),
    evicted_ledger = null, ${GUARD}`,
  liquidityPools: `insert into liquidity_pools as t (pool_id, asset_a, asset_b, amount_a, amount_b, last_modified_ledger)
    select *, $6::integer from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[])
    on conflict (pool_id) do update set amount_a = excluded.amount_a, amount_b = excluded.amount_b, ${GUARD}`,
  liquidityPoolBalances: `insert into liquidity_pool_balances as t (account_id, pool_id, shares, sponsor, last_modified_ledger)
    select *, $5::integer from unnest($1::bytea[], $2::text[], $3::bigint[], $4::bytea[])
    on conflict (account_id, pool_id) do update set shares = excluded.shares, sponsor = excluded.sponsor, ${GUARD}`,
  offers: `insert into offers as t (offer_id, seller_id, amount, price_n, price_d, is_passive, selling_id, buying_id, sponsor, last_modified_ledger)
    select *, $10::integer from unnest($1::bigint[], $2::bytea[], $3::bigint[], $4::integer[], $5::integer[], $6::boolean[], $7::uuid[], $8::uuid[], $9::bytea[])
    on conflict (offer_id) do update set amount = excluded.amount, price_n = excluded.price_n, price_d = excluded.price_d,
    is_passive = excluded.is_passive, selling_id = excluded.selling_id, buying_id = excluded.buying_id, sponsor = excluded.sponsor, ${GUARD}`,
  trustlineAssets:
    "insert into trustline_assets as t (id, code, issuer, contract_id) select * from unnest($1::uuid[], $2::text[], $3::text[], $4::bytea[]) on conflict do nothing",
};

for (const [name, table] of Object.entries(tables)) {
  test(`the upsert of ${name} is the statement that is meant`, () => {
    assert.equal(oneLine(table.upsert), oneLine(UPSERTS[name as keyof typeof tables]));
  });
}

test("a delete names the whole key and is guarded by the last modified ledger", () => {
  assert.equal(
    oneLine(tables.liquidityPools.removal),
    "delete from liquidity_pools t using unnest($1::text[]) as gone(pool_id) where t.pool_id = gone.pool_id and t.last_modified_ledger <= $2",
  );
  assert.equal(
    oneLine(tables.trustlineBalances.removal),
    "delete from trustline_balances t using unnest($1::bytea[], $2::uuid[]) as gone(account_id, asset_id) where t.account_id = gone.account_id and t.asset_id = gone.asset_id and t.last_modified_ledger <= $3",
  );
  for (const table of Object.values(tables))
    if (table instanceof GuardedTable) assert.match(table.removal, /t\.last_modified_ledger <= \$\d$/);
});

/** A session that keeps what it is asked to send. */
function recorder(): { sql: Database; sent: { text: string; values: unknown[]; options: unknown }[] } {
  const sent: { text: string; values: unknown[]; options: unknown }[] = [];
  const unsafe = (text: string, values: unknown[], options: unknown): unknown => sent.push({ text, values, options });
  return { sql: { unsafe } as unknown as Database, sent };
}

const address = (byte: number) => ({ bytes: new Uint8Array([16, byte]), text: "", keyHigh: 0, keyLow: 0 });
const balance = (byte: number, op: SacBalanceRow["op"], amount: bigint): SacBalanceRow => ({
  op,
  order: 0,
  account: address(byte),
  contract: address(0),
  contractId: "00000000-0000-5000-8000-000000000000",
  balance: amount,
  isAuthorized: true,
  isClawbackEnabled: false,
  isProven: true,
  keyHash: new Uint8Array([byte]),
  liveUntilLedger: byte === 3 ? 300 : null,
});

test("a ledger's rows are one prepared upsert and one prepared delete, the ledger last", () => {
  const { sql, sent } = recorder();
  const rows = [balance(1, "ADD", 2n ** 127n - 1n), balance(2, "REMOVE", 0n), balance(3, "UPDATE", 1n)];
  assert.equal(tables.sacBalances.write(sql, rows, 7).length, 2);
  const id = "00000000-0000-5000-8000-000000000000";
  assert.deepEqual(sent, [
    {
      text: tables.sacBalances.upsert,
      values: [
        '{"\\\\x1001","\\\\x1003"}',
        `{${id},${id}}`,
        '{"\\\\x01","\\\\x03"}',
        "{17014118346046923173168730371588.4105727,0.0000001}",
        "{true,true}",
        "{false,false}",
        "{null,300}",
        7,
      ],
      options: { prepare: true },
    },
    { text: tables.sacBalances.removal, values: ['{"\\\\x1002"}', `{${id}}`, 7], options: { prepare: true } },
  ]);
});

test("without rows nothing is sent", () => {
  const { sql, sent } = recorder();
  assert.deepEqual(tables.sacBalances.write(sql, [], 7), []);
  assert.deepEqual(tables.trustlineAssets.write(sql, []), []);
  assert.deepEqual(sent, []);
});
