import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { Snapshot } from "../../functions/serve/database/snapshot.ts";
import { balancesByKey, balancesOfAccounts } from "../../functions/serve/queries/balances/page.ts";
import { contractsByAddress } from "../../functions/serve/queries/contracts.ts";
import { MOST_INSPECTED } from "../../functions/serve/queries/inspected.ts";
import { type AllowanceSide, allowancesOf } from "../../functions/serve/queries/sep41-allowances.ts";
import { holdersOfTokens } from "../../functions/serve/queries/token-holders.ts";
import { MOST_NAMED, searchTokens } from "../../functions/serve/queries/token-search.ts";
import { accountOfColumn } from "../../functions/serve/values/addresses.ts";
import { testDatabase } from "../fixtures/database.ts";
import { PARALLEL_FOR_FREE, readingOf, recordStatements, type RunScript } from "../fixtures/read-plans.ts";

const TOKENS = 60_000;
const HOLDERS = 60_000;
const HIDDEN = 4 * MOST_INSPECTED;
const [usual, spammed, contract] = ["300a", "300b", "100c"].map((start) => accountOfColumn(`\\x${start}${"00".repeat(31)}`)) as [
  ReturnType<typeof accountOfColumn>,
  ReturnType<typeof accountOfColumn>,
  ReturnType<typeof accountOfColumn>,
];
const others = Array.from({ length: 5 }, (_, i) => accountOfColumn(`\\x30${"00".repeat(31)}0${i + 1}`));
const NATIVE = `C${"A".repeat(55)}`;

const database = await testDatabase();
const recorder = await recordStatements(database.url);
after(() => recorder.close());
const sql = database.connect();
const run: RunScript = async (script) => [...(await sql.unsafe(script))] as Record<string, unknown>[];

for (const [name, value] of Object.entries(recorder.settings)) await run(`set ${name} = '${value}'`);
await run(PARALLEL_FOR_FREE);
// Every third contract is a token; assets have a thousand codes and an asset each its own issuer. The first token and the first asset are everybody's.
await run(`insert into contract_tokens (id, contract_id, type, symbol, name, balances_from)
  select md5('c' || i)::uuid, 'C' || i, (array['SEP41', 'NONE', 'UNKNOWN'])[1 + i % 3], 'S' || i, 'S' || i || ' by name', 'STORAGE' from generate_series(0, ${TOKENS - 1}) i`);
await run(`insert into contract_tokens (id, contract_id, type, code, issuer, symbol, name)
  select md5('s' || i)::uuid, 'CS' || i, 'SAC', 'S' || i % 1000, 'G' || i, 'S' || i % 1000, 'S' || i % 1000 || ':G' || i from generate_series(0, ${TOKENS / 2 - 1}) i`);
await run(`insert into trustline_assets (id, code, issuer, contract_id)
  select md5(i::text)::uuid, 'S' || i % 1000, 'G' || i, '\\x10' || sha256(i::text::bytea) from generate_series(0, ${TOKENS - 1}) i`);
await run(
  `insert into protocol_contracts (contract_id, token_id, wasm_hash, since_ledger) select '\\x10' || sha256(('c' || i)::bytea), md5('c' || i)::uuid, decode(lpad(to_hex(1 + i % 5000), 64, '0'), 'hex'), 1 from generate_series(0, 9999) i`,
);
await run(
  "insert into protocol_wasms (wasm_hash, kind, functions) select decode(lpad(to_hex(i), 64, '0'), 'hex'), 'SEP41', '[]' from generate_series(1, 5000) i",
);
await run(`insert into executable_tags select sha256(i::text::bytea), '\\x10', '\\x', null, 1 from generate_series(1, 5000) i`);
const holder = (i: string): string => `'\\x30' || decode(lpad(to_hex(${i}), 64, '0'), 'hex')`;
const inContract = (i: string): string => `'\\x10' || decode(lpad(to_hex(${i}), 64, '0'), 'hex')`;
// Every second holder has nothing of the token.
await run(
  `insert into sep41_balances (account_id, contract_id, stored, last_modified_ledger) select ${holder("i")}, md5('c0')::uuid, i % 2, 1 from generate_series(0, ${HOLDERS - 1}) i`,
);
await run(
  `insert into trustline_balances select ${holder("i")}, md5('0')::uuid, 1, 1, 0, 0, 1, 1 from generate_series(0, ${HOLDERS - 1}) i`,
);
await run(`insert into sac_balances (account_id, contract_id, balance, is_authorized, is_clawback_enabled, last_modified_ledger)
  select ${inContract("i")}, md5('s0')::uuid, 1, true, false, 1 from generate_series(0, ${HOLDERS / 2 - 1}) i`);
await run(`insert into accounts (account_id, balance, buying_liabilities, selling_liabilities, sequence_number, num_subentries, num_sponsoring, num_sponsored, flags, thresholds, last_modified_ledger, removed_ledger)
  select ${holder("i")}, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, case when i % 3 = 0 then 1 end from generate_series(0, ${HOLDERS - 1}) i`);
for (const { column } of [usual, contract])
  await run(
    `insert into sep41_balances (account_id, contract_id, stored, last_modified_ledger) select '${column}', md5('c' || 3 * i)::uuid, 5, 1 from generate_series(1, 200) i`,
  );
await run(`insert into sep41_balances (account_id, contract_id, stored, last_modified_ledger) select '${spammed.column}', md5('c' || i)::uuid, 5, 1
  from generate_series(0, ${Math.floor(HIDDEN * 1.5)}) i where i % 3 <> 0`);
for (const [own, other] of [
  ["owner_id", "spender_id"],
  ["spender_id", "owner_id"],
]) {
  await run(`insert into sep41_allowances (${own}, ${other}, contract_id, amount, expiration_ledger, last_modified_ledger)
    select '${usual.column}', ${holder("i / 4")}, md5('c' || 3 * (i % 4))::uuid, 5, 100, 1 from generate_series(0, 999) i on conflict do nothing`);
  await run(`insert into sep41_allowances (${own}, ${other}, contract_id, amount, expiration_ledger, last_modified_ledger)
    select '${spammed.column}', ${inContract("i")}, md5('c1')::uuid, 5, 100, 1 from generate_series(1, ${HIDDEN}) i on conflict do nothing`);
}
await run("vacuum (analyze)");

interface Case {
  name: string;
  rows: number;
  /** Pages of 8 KiB at most. */
  buffers: number;
  query: (snapshot: Snapshot) => Promise<unknown>;
}

const page = { limit: 50, backward: false, descending: false, cursor: null };
const bothWays = <T extends object>(each: (page: T & { backward: boolean }, way: string) => Case, pages: T): Case[] =>
  [false, true].map((backward) => each({ ...pages, backward }, backward ? "backward" : "forward"));
const firstHolder = accountOfColumn(`\\x30${"00".repeat(29)}004000`).column;
const allowances = (side: AllowanceSide): Case[] => [
  ...bothWays(
    (at, way) => ({
      name: `allowances of a ${side}, ${way}`,
      rows: 51,
      buffers: 600,
      query: (snapshot) => allowancesOf(snapshot, side, [usual], NATIVE, at),
    }),
    page,
  ),
  {
    name: `allowances of five ${side}s`,
    rows: 0,
    buffers: 100,
    query: (snapshot) =>
      allowancesOf(snapshot, side, others.slice(3), NATIVE, {
        ...page,
        cursor: { other: usual.column, contract: "ffffffff-ffff-ffff-ffff-ffffffffffff" },
      }),
  },
  ...bothWays(
    (at, way) => ({
      name: `allowances of a ${side} whom strangers gave thousands, ${way}`,
      rows: 1,
      buffers: 6 * MOST_INSPECTED,
      query: (snapshot) => allowancesOf(snapshot, side, [spammed], NATIVE, at),
    }),
    page,
  ),
];

const cases: Case[] = [
  ...bothWays(
    (at, way) => ({
      name: `balances of an account, ${way}`,
      rows: 51,
      buffers: 600,
      query: (snapshot) => balancesOfAccounts(snapshot, [usual], at, null),
    }),
    page,
  ),
  {
    name: "balances of a contract",
    rows: 51,
    buffers: 600,
    query: (snapshot) => balancesOfAccounts(snapshot, [contract], page, "00000000-0000-0000-0000-000000000000"),
  },
  {
    name: "balances of six accounts",
    rows: 51 + 4 + 5 + 3,
    buffers: 1_500,
    query: (snapshot) => balancesOfAccounts(snapshot, [...others, usual], page, null),
  },
  ...bothWays(
    (at, way) => ({
      name: `balances of an account to which strangers gave thousands, ${way}`,
      rows: 1,
      buffers: 6 * MOST_INSPECTED,
      query: (snapshot) => balancesOfAccounts(snapshot, [spammed], at, null),
    }),
    page,
  ),
  {
    name: "balances by key",
    rows: 2,
    buffers: 250,
    async query(snapshot) {
      const rows = await sql<{ id: string }[]>`select id::text as id from contract_tokens where contract_id in ('C3', 'C6', 'C7')`;
      return balancesByKey(snapshot, [usual], { sep41: rows.map(({ id }) => id) }, null);
    },
  },
  ...allowances("owner"),
  ...allowances("spender"),
  ...(["SEP41", "ASSET", "NATIVE"] as const).flatMap((kind) =>
    [null, firstHolder].flatMap((cursor) =>
      bothWays(
        (at, way) => ({
          name: `holders: ${kind} ${cursor === null ? "" : "behind one, "}${way}`,
          rows: 51,
          buffers: 900,
          async query(snapshot) {
            const contractId = kind === "SEP41" ? "C0" : "CS0";
            const [row] = await sql<
              { id: string; asset: string }[]
            >`select id::text as id, md5('0')::uuid::text as asset from contract_tokens where contract_id = ${contractId}`;
            return holdersOfTokens(snapshot, kind, [{ contract: row!.id, asset: kind === "ASSET" ? row!.asset : null }], at);
          },
        }),
        { ...page, cursor },
      ),
    ),
  ),
  ...["s", "s5", "s55", "s59999", "nothing"].flatMap((text) =>
    bothWays(
      (at, way) => ({
        name: `search of ${text}, ${way}`,
        rows: { s: 51, s5: 51, s55: 51, s59999: 0, nothing: 0 }[text]!,
        // The names that are looked at and passed by.
        buffers: 5 * MOST_NAMED,
        query: (snapshot) => searchTokens(snapshot, [text], at),
      }),
      page,
    ),
  ),
  {
    name: "search behind a place, of two texts",
    rows: 102,
    buffers: 6 * MOST_NAMED,
    query: (snapshot) => searchTokens(snapshot, ["s5", "s"], { ...page, cursor: { key: "s500", tie: "G1", code: "S500" } }),
  },
  {
    name: "what is known of contracts",
    rows: 3,
    buffers: 60,
    async query(snapshot) {
      const rows = await sql<
        { contract_id: string }[]
      >`select contract_id::text as contract_id from trustline_assets order by issuer limit 1`;
      const [known] = await sql<{ id: string }[]>`select contract_id::text as id from protocol_contracts limit 1`;
      return contractsByAddress(snapshot, [rows[0]!.contract_id, known!.id, contract.column].map(accountOfColumn));
    },
  },
];

for (const { name, rows, buffers, query } of cases)
  test(`${name}: only what the page needs is read`, async (t) => {
    const reading = await readingOf(run, await recorder.record(query));
    t.diagnostic(`${reading.buffers} pages`);
    assert.equal(reading.rows, rows);
    assert.deepEqual(
      reading.scanned.filter((table) => table !== "cursors" && table !== "frozen_keys"),
      [],
    );
    assert.ok(reading.buffers <= buffers, `${reading.buffers} pages`);
    assert.ok(reading.sorted <= 300, `${reading.sorted} sorted`);
    assert.deepEqual(reading.parallel, []);
  });
