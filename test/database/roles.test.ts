import assert from "node:assert/strict";
import { test } from "node:test";
import { privileges } from "../../bin/doctor/privileges.ts";
import type { RunSummary } from "../../functions/ingest/invocation/run-report.ts";
import { ensureLoginUsers } from "../../functions/migrate/login-users.ts";
import { migrate } from "../../functions/migrate/migrate.ts";
import { SERVE_SESSION } from "../../functions/shared/database/serve-session.ts";
import type { Database } from "../../functions/shared/database/session.ts";
import { testDatabase } from "../fixtures/database.ts";
import { CHAIN_FIRST, CHAIN_LAST, ingestChain } from "../fixtures/ingest-chain.ts";
import { dropAfterwards, loginUsers, randomUser, urlOf } from "../fixtures/login-users.ts";
import { testApi } from "../fixtures/serve-handler.ts";
import { hasShared, sharedTest } from "../fixtures/shared.ts";
import { tableHashes } from "../fixtures/table-hashes.ts";

const DENIED = { code: "42501" };

const database = await testDatabase();
const owner = database.connect();
const users = await loginUsers(database);
// Partitions that the owner has made, so that the children are among the tables that are tried.
await owner`select create_day_partitions('2026-01-02')`;
const ingested = hasShared ? await ingestChain(users.ingest.url) : null;

/** Every table and view of ours, partitions included. */
async function relations(): Promise<string[]> {
  const rows = await owner<{ name: string }[]>`
    select c.oid::regclass::text as name from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm') and pg_has_role(current_user, c.relowner, 'usage')`;
  return rows.map(({ name }) => name);
}

/** Our functions that act with their owner's rights. */
async function writers(): Promise<string[]> {
  const rows = await owner<{ name: string }[]>`
    select p.oid::regprocedure::text as name from pg_proc p
    where p.pronamespace = 'public'::regnamespace and p.prosecdef and pg_has_role(current_user, p.proowner, 'usage')`;
  return rows.map(({ name }) => name);
}

/** What nobody may do with a view of more than one table: write its rows; and what no view can be told. */
const NO_TABLE = ["55000", "42809"];

/** A column of the table, for an update that changes nothing but needs the right. */
async function firstColumn(table: string): Promise<string> {
  const [row] = await owner<{ name: string }[]>`
    select attname as name from pg_attribute where attrelid = ${table}::regclass and attnum > 0 and not attisdropped order by attnum limit 1`;
  return row!.name;
}

test("the doctor finds that ingest's user may do what ingest does, and that serve's may not", async () => {
  const of = (user: "ingest" | "serve") => privileges.run({ environment: {}, sql: users.connect(user) });
  assert.equal((await of("ingest")).level, "ok", (await of("ingest")).message);
  const { level, message } = await of("serve");
  assert.equal(level, "fail");
  assert.match(message, /lacks DELETE on account_data/);
});

test("serve's user reads every table and writes none, even when it lifts its own read-only setting", async () => {
  const serve = users.connect("serve");
  await serve`set default_transaction_read_only = off`;
  const tables = await relations();
  const views = (await owner<{ name: string }[]>`select viewname as name from pg_views where schemaname = 'public'`).map(
    ({ name }) => name,
  );
  assert.ok(tables.length > 20, tables.join());
  for (const table of tables) {
    await serve.unsafe(`select * from ${table} limit 1`);
    const column = await firstColumn(table);
    for (const statement of [
      `insert into ${table} default values`,
      `update ${table} set ${column} = ${column}`,
      `delete from ${table}`,
      `truncate ${table}`,
      `copy ${table} from stdin`,
      `drop table ${table}`,
      `select * from ${table} for update`,
    ])
      await assert.rejects(
        serve.unsafe(statement),
        ({ code }: { code: string }) => code === DENIED.code || (views.includes(table) && NO_TABLE.includes(code)),
        statement,
      );
  }
});

test("serve's user cannot call what writes with its owner's rights, nor make anything", async () => {
  const serve = users.connect("serve");
  await serve`set default_transaction_read_only = off`;
  const names = await writers();
  assert.ok(names.includes("create_day_partitions(date)"));
  for (const name of names) {
    const [row] = await owner`select has_function_privilege(${users.serve.username}, ${name}, 'execute') as may`;
    assert.equal(row?.may, false, name);
  }
  for (const statement of [
    "select create_day_partitions('2026-01-03')",
    "select grant_wallet_roles()",
    "create table mine (a int)",
    "create temporary table mine (a int)",
    "create schema mine",
    "create role another",
    "set role wallet_ingest",
  ])
    await assert.rejects(serve.unsafe(statement), DENIED, statement);
});

test("serve's user begins read-only, with bounds below the gateway's", async () => {
  const serve = users.connect("serve");
  // A connection of its own, without what the code sets by itself.
  assert.equal(await setting(serve, "default_transaction_read_only"), "on");
  await assert.rejects(serve`insert into cursors (name) values ('x')`, { code: "25006" });
  assert.deepEqual(await roleSettings(users.serve.username), {
    ...SERVE_SESSION,
    idle_session_timeout: "15min",
  });
});

test("serve's user leaves connections to others, and ingest's has no limit", async () => {
  const [row] = await owner<{ most: number; serve: number; ingest: number }[]>`
    select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
        - coalesce(current_setting('reserved_connections', true)::int, 0) as most,
      (select rolconnlimit from pg_roles where rolname = ${users.serve.username}) as serve,
      (select rolconnlimit from pg_roles where rolname = ${users.ingest.username}) as ingest`;
  assert.deepEqual([row!.serve, row!.ingest], [row!.most - 10, -1]);
});

test("ingest's user has the server's bounds for a forgotten session", async () => {
  assert.deepEqual(await roleSettings(users.ingest.username), {
    client_connection_check_interval: "10s",
    idle_in_transaction_session_timeout: "30s",
    idle_session_timeout: "60s",
    lock_timeout: "5s",
    statement_timeout: "60s",
    tcp_keepalives_count: "3",
    tcp_keepalives_idle: "30",
    tcp_keepalives_interval: "10",
  });
});

sharedTest("ingest's user ingests the whole chain, partitions included, as the owner would", async () => {
  assert.deepEqual(ingested && { from: ingested.from, to: ingested.to, ledgers: ingested.ledgers }, {
    from: CHAIN_FIRST,
    to: CHAIN_LAST,
    ledgers: 48,
  });
  const byOwner = await testDatabase("chain");
  assert.deepEqual(await tableHashes(owner), await tableHashes(byOwner.connect()));
  const [row] = await owner`select count(*)::int as days, bool_and(pg_has_role(current_user, c.relowner, 'usage')) as ours
    from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'transactions'::regclass`;
  assert.ok(row?.days >= 3);
  assert.equal(row?.ours, true);
});

sharedTest("serve answers as serve's user", async () => {
  const api = testApi(users.serve.url);
  try {
    const [row] = await owner<{ hash: string }[]>`select encode(hash, 'hex') as hash from transactions order by to_id limit 1`;
    const query = `{ transactionByHash(hash: "${row!.hash}") { hash ledgerNumber operations(first: 1) { edges { node { id } } } } }`;
    const { status, body } = await api.post(JSON.stringify({ query }));
    assert.equal(status, 200);
    const answer = JSON.parse(body) as { data: { transactionByHash: { hash: string; ledgerNumber: number } } };
    assert.deepEqual([answer.data.transactionByHash.hash, answer.data.transactionByHash.ledgerNumber], [row!.hash, CHAIN_FIRST]);
  } finally {
    await api.close();
  }
});

test("ingest's user changes rows, but neither tables nor rights nor the record of migrations", async () => {
  const ingest = users.connect("ingest");
  await ingest`select create_day_partitions('2026-01-04')`;
  for (const statement of [
    "create table mine (a int)",
    "create temporary table mine (a int)",
    ...(database.dialect === "postgres"
      ? [
          "create table transactions_20260105 partition of transactions for values from ('2026-01-05') to ('2026-01-06')",
          "alter table transactions detach partition transactions_20260104",
          "drop table transactions_20260104",
        ]
      : ["select drop_chunks('transactions', older_than => '2027-01-01'::timestamptz)", "drop table transactions"]),
    "alter table transactions add column mine int",
    "create index mine on transactions (ledger_number)",
    "truncate transactions",
    "drop function create_day_partitions(date)",
    "create or replace function create_day_partitions(day date) returns integer language sql as 'select 1'",
    "insert into schema_migrations (version, name, checksum) values (9999, 'x', 'x')",
    "delete from schema_migrations",
    "create role another",
    `alter role ${users.serve.username} superuser`,
    "set role wallet_serve",
  ])
    await assert.rejects(ingest.unsafe(statement), DENIED, statement);
  // PostgreSQL only warns of a grant by somebody who may not.
  await ingest`grant select on transactions to public`;
  const granted = await owner`select 1 from information_schema.table_privileges where grantee = 'PUBLIC' and table_schema = 'public'`;
  assert.equal(granted.length, 0);
});

test("a table of the caller's own cannot be slipped into the partition function", async () => {
  const [row] =
    await owner`select proconfig[1] as config, array_length(proconfig, 1) as settings from pg_proc where oid = 'create_day_partitions(date)'::regprocedure`;
  assert.deepEqual({ ...row }, { config: "search_path=public, pg_temp", settings: 1 });
});

test("tables and functions of later migrations are covered", async () => {
  const later = await testDatabase();
  const sql = later.connect();
  const own = await loginUsers(later);
  await sql`create table later (id bigint generated always as identity primary key, note text)`;
  await sql.unsafe(
    "create function later_write() returns void language sql security definer set search_path = public, pg_temp as 'insert into later (note) values (''x'')'",
  );
  await migrate(sql);
  const [ingest, serve] = [own.connect("ingest"), own.connect("serve")];
  await ingest`insert into later (note) values ('by ingest')`;
  await ingest`select later_write()`;
  assert.equal((await serve`select note from later`).length, 2);
  await serve`set default_transaction_read_only = off`;
  await assert.rejects(serve`insert into later (note) values ('by serve')`, DENIED);
  await assert.rejects(serve`select later_write()`, DENIED);
});

sharedTest("a second deployment brings password and membership up to date", async () => {
  const user = randomUser("wallet_serve");
  const rotated = { ...user, group: "wallet_ingest" as const, password: `it's"quoted"\\and%100-odd` };
  dropAfterwards(database, [user]);
  await ensureLoginUsers(owner, [user]);
  await ensureLoginUsers(owner, [rotated]);
  const [row] = await owner`select pg_has_role(${user.username}, 'wallet_ingest', 'member') as ingest,
    pg_has_role(${user.username}, 'wallet_serve', 'member') as serve`;
  assert.deepEqual({ ...row }, { ingest: true, serve: false });
  const [stored] = await owner<{ password: string }[]>`select rolpassword as password from pg_authid where rolname = ${user.username}`;
  assert.match(stored!.password, /^SCRAM-SHA-256\$4096:/);
  const summary = await drainNothing(urlOf(database, rotated));
  assert.equal(summary.ledgers, 0);
});

test("a secret that names the owner, or a password that cannot be used as it is, is refused without showing it", async () => {
  const [me] = await owner<{ name: string }[]>`select current_user as name`;
  const asOwner = { group: "wallet_serve" as const, username: me!.name, password: "S3cret-of-owner" };
  await assert.rejects(ensureLoginUsers(owner, [asOwner]), ({ code, message }: Error & { code: string }) => {
    assert.equal(code, "DATABASE_USERS_FAILED");
    assert.doesNotMatch(message, /S3cret/);
    return true;
  });
  const odd = { ...randomUser("wallet_serve"), password: "pässword" };
  await assert.rejects(ensureLoginUsers(owner, [odd]), { code: "DATABASE_USERS_FAILED", message: /ASCII/ });
  const [row] = await owner`select count(*)::int as n from pg_roles where rolname = ${odd.username}`;
  assert.equal(row?.n, 0);
});

/** An invocation of ingest as that user, without a ledger. */
function drainNothing(url: string): Promise<RunSummary> {
  return ingestChain(url, { signal: AbortSignal.abort() });
}

async function setting(sql: Database, name: string): Promise<string> {
  const [row] = await sql<{ value: string }[]>`select current_setting(${name}) as value`;
  return row!.value;
}

async function roleSettings(username: string): Promise<Record<string, string>> {
  const rows = await owner<{ entry: string }[]>`
    select unnest(setconfig) as entry from pg_db_role_setting s join pg_roles r on r.oid = s.setrole where r.rolname = ${username} order by 1`;
  return Object.fromEntries(rows.map(({ entry }) => entry.split("=") as [string, string]));
}
