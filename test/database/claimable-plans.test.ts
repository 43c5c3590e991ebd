import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { Snapshot } from "../../functions/serve/database/snapshot.ts";
import type { ClaimableBalanceRow } from "../../functions/ingest/indexer/rows.ts";
import { writeClaimableBalances } from "../../functions/ingest/persist/claimable-balances.ts";
import { claimableBalancesById, claimableBalancesOf } from "../../functions/serve/queries/claimable-balances.ts";
import { offersOfSellers } from "../../functions/serve/queries/offers.ts";
import { accountOfColumn } from "../../functions/serve/values/addresses.ts";
import { testDatabase } from "../fixtures/database.ts";
import { PARALLEL_FOR_FREE, readingOf, recordStatements, type RunScript } from "../fixtures/read-plans.ts";

const SPAMMED = accountOfColumn(`\\x30${"00".repeat(32)}`);
const others = Array.from({ length: 5 }, (_, i) => accountOfColumn(`\\x30${"00".repeat(31)}0${i + 1}`));
const BALANCES = 40_000;

const database = await testDatabase();
const recorder = await recordStatements(database.url);
after(() => recorder.close());
const sql = database.connect();
const run: RunScript = async (script) => [...(await sql.unsafe(script))] as Record<string, unknown>[];

for (const [name, value] of Object.entries(recorder.settings)) await run(`set ${name} = '${value}'`);
await run(PARALLEL_FOR_FREE);
// Every second balance is the spammed account's, a hundred are made in a ledger; the other accounts share the rest, as they do all offers.
await run(`insert into trustline_assets (id, code, issuer) select md5(i::text)::uuid, 'A' || i, 'G' from generate_series(0, 999) i`);
await run(`insert into claimable_balances (balance_id, asset_id, amount, since_ledger, last_modified_ledger, is_clawback_enabled, claimants)
  select '\\x0800' || sha256(i::text::bytea), md5((i % 1000)::text)::uuid, i, i / 100, 1, false, '\\x00000000' from generate_series(1, ${BALANCES}) i`);
await run(`insert into claimable_balance_claimants
  select since_ledger, '\\x30' || decode(lpad(to_hex(case amount % 2 when 0 then 0 else amount % 5 + 1 end), 64, '0'), 'hex'), balance_id from claimable_balances`);
await run(`insert into offers select i, i, 1, 1, 1, false, md5((i % 1000)::text)::uuid, null, '\\x30' || decode(lpad(to_hex(i % 5 + 1), 64, '0'), 'hex'), null
  from generate_series(1, 20000) i`);
await run(
  `insert into trustline_balances select '\\x30' || decode(lpad(to_hex(i / 1000), 64, '0'), 'hex'), md5((i % 1000)::text)::uuid, 0, 0, 0, 0, 1, 1 from generate_series(0, 5999) i`,
);
await run("vacuum (analyze)");

const middle = { ledger: BALANCES / 200, id: `\\x0800${"80".repeat(32)}` };
const page = { backward: false, limit: 51 };
const queries: { name: string; rows: number; buffers: number; query: (snapshot: Snapshot) => Promise<unknown> }[] = [
  ...[false, true].flatMap((backward) =>
    [null, middle].map((from) => ({
      name: `the ${backward ? "newest" : "oldest"} balances ${from === null ? "" : "beyond one in the middle "}of an account with ${BALANCES / 2}`,
      rows: 51,
      buffers: 700,
      query: (snapshot: Snapshot) => claimableBalancesOf(snapshot, [{ claimant: SPAMMED, from }], { ...page, backward }),
    })),
  ),
  ...[null, middle].map((from) => ({
    name: `those of five accounts ${from === null ? "" : "beyond places of their own "}`,
    rows: 255,
    buffers: 3_500,
    query: (snapshot: Snapshot) =>
      claimableBalancesOf(
        snapshot,
        others.map((claimant, i) => ({ claimant, from: from && { ...from, ledger: from.ledger + i } })),
        page,
      ),
  })),
  {
    name: "balances by id",
    rows: 1,
    buffers: 30,
    async query(snapshot) {
      const [row] = await sql<{ id: string }[]>`select balance_id::text as id from claimable_balances limit 1`;
      return claimableBalancesById(snapshot, [row!.id, middle.id]);
    },
  },
  ...[null, "10000"].flatMap((cursor) =>
    [false, true].map((backward) => ({
      name: `offers of an account ${cursor === null ? "" : "beyond one "}${backward ? "backward" : "forward"}`,
      rows: 51,
      buffers: 500,
      query: (snapshot: Snapshot) => offersOfSellers(snapshot, [others[0]!], { limit: 50, backward, descending: false, cursor }),
    })),
  ),
  {
    name: "offers of five accounts",
    rows: 255,
    buffers: 2_500,
    query: (snapshot) => offersOfSellers(snapshot, others, { limit: 50, backward: false, descending: false, cursor: null }),
  },
];

for (const { name, rows, buffers, query } of queries) {
  test(`${name}: only what the page needs is read`, async (t) => {
    const reading = await readingOf(run, await recorder.record(query));
    t.diagnostic(`${reading.buffers} pages`);
    assert.equal(reading.rows, rows);
    assert.deepEqual(
      reading.scanned.filter((table) => table !== "cursors"),
      [],
    );
    assert.ok(reading.buffers <= buffers, `${reading.buffers} pages`);
    assert.ok(reading.sorted <= rows, `${reading.sorted} sorted`);
    assert.deepEqual(reading.parallel, []);
  });
}

test("writing and removing balances reads no table from end to end, in the first ledgers and in later ones", async () => {
  const scans = async (): Promise<number> => {
    await sql`select pg_stat_force_next_flush()`;
    const [row] = await sql<{ scans: number }[]>`select sum(seq_scan)::integer as scans from pg_stat_user_tables
      where relname in ('claimable_balances', 'claimable_balance_claimants')`;
    return row!.scans;
  };
  const found = await sql<{ balance_id: Uint8Array; claimant_id: Uint8Array }[]>`
    select balance_id, claimant_id from claimable_balance_claimants order by since_ledger limit 480`;
  const address = (bytes: Uint8Array) => ({ bytes, text: "" });
  const rows = found.map(({ balance_id, claimant_id }): ClaimableBalanceRow => ({
    op: "REMOVE",
    order: 0,
    balance: address(balance_id),
    asset: null,
    amount: 1n,
    claimants: [address(claimant_id)],
    claimantsXdr: new Uint8Array(4),
    sponsor: null,
    isClawbackEnabled: false,
    madeBy: null,
    sinceLedger: 1,
  }));
  const before = await scans();
  // A prepared statement may get another plan with its sixth execution.
  for (let ledger = 0; ledger < 12; ledger++) {
    const claimableBalances = rows.slice(ledger * 40, ledger * 40 + 40);
    const header = { sequence: 10 + ledger, closedAt: 0n };
    for (const op of ["REMOVE", "ADD"] as const) {
      for (const row of claimableBalances) row.op = op;
      const statements = writeClaimableBalances(sql, { claimableBalances, header } as unknown as Parameters<
        typeof writeClaimableBalances
      >[1]);
      for (const statement of statements) await statement;
    }
  }
  assert.equal(await scans(), before);
  const [row] =
    await sql`select count(*)::integer as n from claimable_balance_claimants l join claimable_balances b using (balance_id, since_ledger)
    where since_ledger = 1 and last_modified_ledger >= 10`;
  assert.equal(row!.n, 480);
});
