import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { migrate } from "../../functions/migrate/migrate.ts";
import { NEWEST_SCHEMA } from "../../functions/shared/database/schema-version.ts";
import { testDatabase } from "../fixtures/database.ts";

test("migrations apply once, and a second run finds nothing to do", async () => {
  const database = await testDatabase("nothing");
  const sql = database.connect();
  assert.ok((await migrate(sql)).applied.length > 0);
  assert.deepEqual((await migrate(sql)).applied, []);
});

test("two migrations at once leave each file applied once", async () => {
  const database = await testDatabase("nothing");
  const [a, b] = await Promise.all([migrate(database.connect()), migrate(database.connect())]);
  assert.equal(Math.min(a.applied.length, b.applied.length), 0);
  assert.ok(Math.max(a.applied.length, b.applied.length) > 0);
});

test("a migration that fails leaves nothing of itself, and the ones before it stay", async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "wallet-migrations-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  cpSync(fileURLToPath(new URL("../../migrations", import.meta.url)), directory, { recursive: true });
  writeFileSync(join(directory, "9000-half.sql"), "create table half (a int); create table ledgers (a int);");
  const sql = (await testDatabase("nothing")).connect();
  await assert.rejects(migrate(sql, directory), {
    code: "MIGRATION_FAILED",
    message: /9000-half\.sql failed: .*ledgers.*run migrate again/,
  });
  const [row] = await sql`select to_regclass('half') as half, (select max(version) from schema_migrations) as version`;
  assert.deepEqual({ ...row }, { half: null, version: NEWEST_SCHEMA });
  writeFileSync(join(directory, "9000-half.sql"), "create table half (a int);");
  assert.deepEqual((await migrate(sql, directory)).applied, ["9000-half.sql"]);
});

test("a file that changed after it was applied is refused", async () => {
  const sql = (await testDatabase()).connect();
  await sql`update schema_migrations set checksum = 'other' where version = 1`;
  await assert.rejects(migrate(sql), { code: "MIGRATION_CHANGED", message: /0001-chain\.sql was changed/ });
});

test("a database of an earlier commit, before v0.1.0, is refused with the advice to start over", async () => {
  const sql = (await testDatabase()).connect();
  await sql`delete from schema_migrations`;
  for (let version = 1; version <= 12; version++)
    await sql`insert into schema_migrations (version, name, checksum) values (${version}, ${`${version}-older.sql`}, 'x')`;
  await assert.rejects(migrate(sql), { code: "MIGRATION_CHANGED", message: /Until v0\.1\.0, .*start over.*rm -rf \.wallet/ });
});

test("a database newer than the code is left as it is", async () => {
  const sql = (await testDatabase()).connect();
  await sql`insert into schema_migrations (version, name, checksum) values (9999, '9999-later.sql', 'x')`;
  const result = await migrate(sql);
  assert.deepEqual(
    { applied: result.applied, version: result.version, newer: result.databaseIsNewer },
    { applied: [], version: 9999, newer: true },
  );
});
