import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { migrate } from "../../functions/migrate/migrate.ts";
import { SERVE_SCHEMA } from "../../functions/shared/database/schema-version.ts";
import { testDatabase } from "../fixtures/database.ts";
import { type TestApi, testApi } from "../fixtures/serve-handler.ts";

const QUERY = `{ transactionByHash(hash: "${"0".repeat(64)}") { hash } }`;

function open(t: TestContext, url: string): TestApi {
  const api = testApi(url);
  t.after(() => api.close());
  return api;
}

async function ask(api: TestApi, query = QUERY): Promise<{ status: number; body: Record<string, unknown> }> {
  const { status, body } = await api.post(JSON.stringify({ query }));
  return { status, body: JSON.parse(body) as Record<string, unknown> };
}

test("requests are refused until the database is new enough, and a newer one is fine", async (t) => {
  const database = await testDatabase("nothing");
  const api = open(t, database.url);
  const none = await ask(api);
  assert.equal(none.status, 503);
  assert.match(String(none.body.error), /no schema.*Run the migrations/);
  const sql = database.connect();
  await sql`create table schema_migrations (version integer primary key, name text not null, checksum text not null, applied_at timestamptz not null default now())`;
  await sql`create table network (passphrase text)`;
  await sql`create table cursors (name text, ledger integer)`;
  await sql`insert into schema_migrations values (1, '0001-bookkeeping.sql', 'x')`;
  const old = await ask(api);
  assert.deepEqual([old.status, old.body.extras], [503, { code: "DATABASE_TOO_OLD", version: 1, needed: SERVE_SCHEMA.min }]);
  await sql`drop table schema_migrations, network, cursors`;
  await migrate(sql);
  assert.deepEqual((await ask(api)).body.data, { transactionByHash: null });
  assert.equal(api.lastRecord().statements, 3, "version and network, the hash, the newest ledger");
  await ask(api);
  assert.equal(api.lastRecord().statements, 3, "asked again, since the network may change before the first ledger");
  await sql`insert into network (passphrase) values ('a network')`;
  await sql`update cursors set ledger = 7 where name = 'latest'`;
  await ask(api);
  await ask(api);
  assert.equal(api.lastRecord().statements, 2, "neither is asked again");
  await sql`insert into schema_migrations (version, name, checksum) values (9999, 'later', 'x')`;
  assert.equal((await ask(open(t, database.url))).status, 200);
  // Every statement would succeed, but what it means may have been another thing then.
  await sql`delete from schema_migrations where version >= ${SERVE_SCHEMA.min}`;
  assert.equal((await ask(open(t, database.url))).status, 503);
});

test("what needs no database is answered whatever its schema", async (t) => {
  const api = open(t, (await testDatabase("nothing")).url);
  assert.deepEqual((await ask(api, "{ __typename }")).body.data, { __typename: "Query" });
  const { status, body } = await ask(api, '{ transactionByHash(hash: "x") { hash } }');
  assert.deepEqual([status, (body.errors as [{ extensions: { code: string } }])[0].extensions.code], [200, "INVALID_TRANSACTION_HASH"]);
});

test("when the version cannot be read the answer tells the real trouble", async (t) => {
  const api = open(t, "postgres://nobody@127.0.0.1:1/none");
  const { status, body } = await ask(api);
  assert.deepEqual([status, (body.errors as [{ extensions: { code: string } }])[0].extensions.code], [503, "DATABASE_UNAVAILABLE"]);
  assert.match(api.lastRecord().hidden![0]!.message, /ECONNREFUSED/);
  assert.equal(api.lastRecord().hidden![0]!.code, "ECONNREFUSED");
});
