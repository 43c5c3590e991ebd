import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Pool } from "../../functions/serve/database/pool.ts";
import { inSnapshot } from "../../functions/serve/database/snapshot.ts";
import type { BalanceCursor } from "../../functions/serve/pagination/cursors.ts";
import { type BalanceRow, balancesOfAccounts } from "../../functions/serve/queries/balances/page.ts";
import { accountOfColumn } from "../../functions/serve/values/addresses.ts";
import { insertAccounts } from "../fixtures/account-rows.ts";
import { testDatabase } from "../fixtures/database.ts";

const account = accountOfColumn(`\\x30${"a1".repeat(32)}`);
const other = accountOfColumn(`\\x30${"b2".repeat(32)}`);
const contract = accountOfColumn(`\\x10${"c3".repeat(32)}`);
const gone = accountOfColumn(`\\x30${"d4".repeat(32)}`);
const [nativeId, assetId, sacId, sep41Id] = [
  "f0000000-0000-5000-8000-000000000000",
  "11111111-1111-4111-8111-111111111111",
  "22222222-2222-4222-8222-222222222222",
  "33333333-3333-4333-8333-333333333333",
];
const poolId = "ab".repeat(32);

const database = await testDatabase();
const sql = database.connect();
await sql`insert into cursors (name, ledger, base_reserve) values ('latest', 9, 4000000)
  on conflict (name) do update set ledger = 9, base_reserve = 4000000`;
await insertAccounts(sql, [
  { id: account.bytes, balance: 101, buying: 102, selling: 103, subentries: 5, sponsoring: 2, sponsored: 1, ledger: 11 },
  { id: gone.bytes, balance: 0, ledger: 11, removed: 11 },
]);
await sql`insert into sac_balances values (${contract.column}::text::bytea, ${nativeId}, 0.0000104, true, false, 12)`;
await sql`insert into trustline_assets (id, code, issuer) values (${assetId}, 'USD', ${other.text})`;
await sql`insert into trustline_balances values (${account.column}::text::bytea, ${assetId}, 201, 202, 203, 204, 3, 13, ${other.column}::text::bytea)`;
await sql`insert into contract_tokens (id, contract_id, type, code, issuer, name, symbol, decimals, balances_from) values
  (${sacId}, 'CSAC', 'SAC', 'EUR', ${other.text}, 'EUR:G', 'EUR', 7, 'PARTIAL'), (${sep41Id}, 'CTOKEN', 'SEP41', null, null, 'Token', 'TKN', 18, 'EVENTS')`;
await sql`insert into sac_balances values (${contract.column}::text::bytea, ${sacId}, 3.01, true, false, 14)`;
await sql`insert into sep41_balances (account_id, contract_id, summed, last_modified_ledger) values (${account.column}::text::bytea, ${sep41Id}, 401, 15), (${contract.column}::text::bytea, ${sep41Id}, 402, 16)`;
await sql`insert into liquidity_pools values (${poolId}, 'native', 501, 'USD:G', 502, 17)`;
await sql`insert into liquidity_pool_balances values (${account.column}::text::bytea, ${poolId}, 503, 18, ${other.column}::text::bytea)`;

const pool = new Pool({ databaseUrl: database.url, maximum: 1 });
after(() => pool.close());

function read(accounts: Parameters<typeof balancesOfAccounts>[1], cursor: BalanceCursor | null = null, backward = false) {
  return inSnapshot(pool, (snapshot) =>
    balancesOfAccounts(snapshot, accounts, { limit: 50, backward, descending: false, cursor }, accounts[0]!.isContract ? nativeId : null),
  );
}

/** Neither archived nor frozen. */
const usable = { live_until_ledger: null, is_archived: false, is_frozen: false, holder_is_frozen: false };

const native: BalanceRow = {
  source: "native",
  ordinal: 1,
  key: "native",
  balance: "101",
  last_modified_ledger: 11,
  sponsor: null,
  ...usable,
  // (2 + 5 + 2 - 1) × 4,000,000
  minimum_balance: "32000000",
  buying_liabilities: "102",
  selling_liabilities: "103",
  num_subentries: 5,
};
const classic: BalanceRow = {
  source: "classic",
  ordinal: 1,
  key: assetId,
  balance: "201",
  last_modified_ledger: 13,
  sponsor: other.column,
  ...usable,
  code: "USD",
  issuer: other.text,
  trust_limit: "202",
  buying_liabilities: "203",
  selling_liabilities: "204",
  flags: 3,
};
const sep41: BalanceRow = {
  source: "sep41",
  ordinal: 1,
  key: sep41Id,
  balance: "401",
  last_modified_ledger: 15,
  sponsor: null,
  ...usable,
  contract_id: "CTOKEN",
  name: "Token",
  symbol: "TKN",
  decimals: 18,
  read_from: "EVENTS",
  as_of_ledger: 9,
  events_differ: false,
  is_held: true,
};
const shares: BalanceRow = {
  source: "lp",
  ordinal: 1,
  key: poolId,
  balance: "503",
  last_modified_ledger: 18,
  sponsor: other.column,
  ...usable,
  asset_a: "native",
  amount_a: "501",
  asset_b: "USD:G",
  amount_b: "502",
};
const nativeOfContract: BalanceRow = {
  source: "native",
  ordinal: 1,
  key: "native",
  balance: "104",
  last_modified_ledger: 12,
  sponsor: null,
  ...usable,
  minimum_balance: "0",
  buying_liabilities: "0",
  selling_liabilities: "0",
  num_subentries: 0,
};
const sac: BalanceRow = {
  source: "sac",
  ordinal: 1,
  key: sacId,
  balance: "3.0100000",
  last_modified_ledger: 14,
  sponsor: null,
  ...usable,
  contract_id: "CSAC",
  code: "EUR",
  issuer: other.text,
  decimals: 7,
  is_authorized: true,
  is_clawback_enabled: false,
};
const sep41OfContract: BalanceRow = { ...sep41, balance: "402", last_modified_ledger: 16 };

test("each source of balances gives its own columns, in one page", async () => {
  assert.deepEqual(await read([account]), [native, classic, sep41, shares]);
  assert.deepEqual(await read([account], null, true), [shares, sep41, classic, native]);
  assert.deepEqual(await read([contract]), [nativeOfContract, sac, sep41OfContract]);
  assert.deepEqual(await read([other]), []);
  assert.deepEqual(await read([gone]), [], "a merged account has no balance");
});

test("a page behind or before a cursor reads the sources that are left", async () => {
  assert.deepEqual(await read([account], { source: "native", key: "native" }), [classic, sep41, shares]);
  assert.deepEqual(await read([account], { source: "classic", key: assetId }), [sep41, shares]);
  assert.deepEqual(await read([account], { source: "lp", key: poolId }), []);
  assert.deepEqual(await read([account], { source: "sep41", key: sep41Id }, true), [classic, native]);
  assert.deepEqual(await read([contract], { source: "sac", key: sacId }), [sep41OfContract]);
  assert.deepEqual(await read([account], { source: "native", key: "native" }, true), []);
});

test("XLM of a contract is its native balance alone, whatever the row of XLM's contract says", async () => {
  for (const [type, code, issuer] of [
    ["UNKNOWN", null, null],
    ["SAC", "XLM", ""],
    ["SAC", "XLM", other.text],
  ] as const) {
    await sql`insert into contract_tokens (id, contract_id, type, code, issuer, symbol, decimals) values (${nativeId}, 'CXLM', ${type}, ${code}, ${issuer}, ${code}, 7)
      on conflict (id) do update set type = excluded.type, code = excluded.code, issuer = excluded.issuer`;
    assert.deepEqual(await read([contract]), [nativeOfContract, sac, sep41OfContract], type);
    assert.deepEqual(await read([contract], { source: "native", key: "native" }), [sac, sep41OfContract], type);
    assert.deepEqual(await read([contract], null, true), [sep41OfContract, sac, nativeOfContract], type);
  }
  await sql`delete from contract_tokens where id = ${nativeId}`;
});

test("pages of several accounts come in one statement, each row with its account's place", async () => {
  const rows = await read([other, account]);
  assert.deepEqual(
    rows,
    [native, classic, sep41, shares].map((row) => ({ ...row, ordinal: 2 })),
  );
});
