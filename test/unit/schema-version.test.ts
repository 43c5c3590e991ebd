import assert from "node:assert/strict";
import { test } from "node:test";
import { newestVersion, readMigrations } from "../../functions/migrate/migration-files.ts";
import { INGEST_SCHEMA, NEWEST_SCHEMA, SERVE_SCHEMA, requireSchema } from "../../functions/shared/database/schema-version.ts";

test("both dialects end with the newest schema that the code names; a new migration raises NEWEST_SCHEMA", () => {
  for (const dialect of ["postgres", "timescale"] as const) assert.equal(newestVersion(readMigrations(dialect)), NEWEST_SCHEMA);
  for (const { min, max } of [INGEST_SCHEMA, SERVE_SCHEMA]) {
    assert.equal(max, NEWEST_SCHEMA);
    assert.ok(min > 0 && min <= max);
  }
});

test("the history tables of both dialects differ in how they are partitioned, and in nothing else", () => {
  const history = (dialect: "postgres" | "timescale"): string => {
    const file = readMigrations(dialect).find(({ name }) => name === "0002-history.sql")!;
    const text = file.sql.slice(file.sql.indexOf("\n") + 1).replaceAll(") partition by range (ledger_created_at);", ");");
    return text.replace(/^select create_hypertable\(.*\n/gm, "").trim();
  };
  assert.equal(history("postgres"), history("timescale"));
});

test("a version within the range is fine, below and above it are errors that name both", () => {
  const range = { min: 3, max: 5 };
  for (const version of [3, 4, 5]) requireSchema(version, range);
  assert.throws(() => requireSchema(2, range), { code: "DATABASE_TOO_OLD", message: /version 2.*3 to 5.*migrate/ });
  assert.throws(() => requireSchema(0, range), { code: "DATABASE_TOO_OLD", message: /no schema/ });
  assert.throws(() => requireSchema(6, range), { code: "DATABASE_NEWER", message: /version 6.*3 to 5/ });
});
