import assert from "node:assert/strict";
import { after, test } from "node:test";
import { testDatabase } from "../fixtures/database.ts";
import { dayOf, fillDay } from "../fixtures/long-history.ts";
import { type PageQuery, pageQueries } from "../fixtures/page-queries.ts";
import { chunkNames, PARALLEL_FOR_FREE, type Reading, readingOf, recordStatements, type RunScript } from "../fixtures/read-plans.ts";

const NEWEST = 29;
// 103,680 rows of the busy account on the newest day.
const [LEDGERS, PER_LEDGER] = [17_280, 6];

// On a server with TimescaleDB (TEST_DATABASE_URL) the same holds of chunks.
const database = await testDatabase();
const recorder = await recordStatements(database.url);
after(() => recorder.close());
const sql = database.connect();

const run: RunScript = async (script) => [...(await sql.unsafe(script))] as Record<string, unknown>[];

async function read({ query }: PageQuery): Promise<Reading> {
  return readingOf(run, await recorder.record(query));
}

/** `table YYYY-MM-DD` of the days, of all history tables. */
const partitions = (days: Record<string, readonly number[]>): string[] =>
  Object.entries(days)
    .flatMap(([table, list]) => list.map((day) => `${table} ${dayOf(day)}`))
    .sort();
/** Partitions by their name, which ends in the day. */
const partitionNames = async (): Promise<Map<string, string>> => {
  const rows = await run(`select inhrelid::regclass::text as partition, inhparent::regclass::text as parent from pg_inherits
    where inhrelid::regclass::text ~ '_\\d{8}$'`);
  return new Map(
    rows.map(({ partition, parent }) => [
      String(partition),
      `${String(parent)} ${String(partition)
        .slice(-8)
        .replace(/(....)(..)(..)/, "$1-$2-$3")}`,
    ]),
  );
};

const queries = pageQueries(NEWEST, LEDGERS, PER_LEDGER);
for (const [name, value] of Object.entries(recorder.settings)) await run(`set ${name} = '${value}'`);
await run(PARALLEL_FOR_FREE);
await run(fillDay(NEWEST, LEDGERS, PER_LEDGER));
await run("vacuum (analyze)");
const overOneDay = new Map<PageQuery, Reading>();
for (const query of queries.filter(({ newest }) => newest)) overOneDay.set(query, await read(query));
for (let day = 0; day < NEWEST; day++) await run(fillDay(day, 1_440, 1));
await run("vacuum (analyze)");
const names = database.dialect === "timescale" ? await chunkNames(run) : await partitionNames();

test("every day of every history table has a partition", () => {
  assert.equal(names.size, 2 * (NEWEST + 1));
});

for (const query of queries) {
  test(`${query.name}: ${query.rows} rows from the days that have them`, async () => {
    const reading = await read(query);
    assert.equal(reading.rows, query.rows);
    assert.deepEqual(reading.touched.flatMap((name) => names.get(name) ?? []).sort(), partitions(query.days));
    assert.deepEqual(reading.scanned, []);
    assert.deepEqual(reading.parallel, []);
    assert.ok(reading.sorted <= query.rows, `${reading.sorted} rows were sorted`);
    const alone = overOneDay.get(query);
    if (alone) assert.ok(reading.buffers <= 2 * alone.buffers, `${reading.buffers} buffers over 30 days, ${alone.buffers} over one`);
  });
}

test("without serve's settings this server would plan workers", async () => {
  await run("set max_parallel_workers_per_gather = 2");
  const { parallel } = await readingOf(run, [{ text: "select count(*) from transactions where to_id % 7 = 3", parameters: [] }]);
  await run("set max_parallel_workers_per_gather = 0");
  assert.ok(parallel.length > 0);
});
