import assert from "node:assert/strict";
import { test } from "node:test";
import { migrate } from "../../functions/migrate/migrate.ts";
import { Lanes } from "../../functions/serve/lanes.ts";
import { createSchemaGate } from "../../functions/serve/http/schema-gate.ts";
import { SERVE_SCHEMA } from "../../functions/shared/schema-version.ts";
import { testDatabase } from "../fixtures/database.ts";

test("requests are refused until the database is new enough, and a newer one is fine", async (t) => {
  const database = await testDatabase(false);
  const lanes = new Lanes({ databaseUrl: database.url, maximum: 1 });
  t.after(() => lanes.close());
  const gate = createSchemaGate(lanes);
  const none = await gate();
  assert.equal(none?.status, 503);
  assert.match(none.body, /no schema.*Run the migrations/);
  const sql = database.connect();
  await sql`create table schema_migrations (version integer primary key, name text not null, checksum text not null, applied_at timestamptz not null default now())`;
  await sql`insert into schema_migrations values (1, '0001-bookkeeping.sql', 'x')`;
  const old: { error: string; extras: unknown } = JSON.parse((await gate())!.body);
  assert.deepEqual(old.extras, { code: "DATABASE_TOO_OLD", version: 1, needed: SERVE_SCHEMA.min });
  await sql`drop table schema_migrations`;
  await migrate(sql);
  assert.equal(await gate(), null);
  const newer = createSchemaGate(lanes);
  await sql`insert into schema_migrations (version, name, checksum) values (9999, 'later', 'x')`;
  assert.equal(await newer(), null);
});

test("when the version cannot be read the request goes on to meet the real trouble", async (t) => {
  const lanes = new Lanes({ databaseUrl: "postgres://nobody@127.0.0.1:1/none", maximum: 1 });
  t.after(() => lanes.close());
  assert.equal(await createSchemaGate(lanes)(), null);
});
