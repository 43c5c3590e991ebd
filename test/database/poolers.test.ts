import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { migrate } from "../../functions/migrate/migrate.ts";
import { Pool } from "../../functions/serve/database/pool.ts";
import { Snapshot } from "../../functions/serve/database/snapshot.ts";
import { SERVE_SESSION } from "../../functions/shared/database/serve-session.ts";
import { connectDatabase } from "../../functions/shared/database/session.ts";
import { testDatabase } from "../fixtures/database.ts";
import { ingestChain } from "../fixtures/ingest-chain.ts";
import { loginUsers } from "../fixtures/login-users.ts";
import { findPgBouncer, startPgBouncer } from "../fixtures/pgbouncer.ts";
import { RENAMED, startRenamingProxy } from "../fixtures/renaming-proxy.ts";
import { testApi } from "../fixtures/serve-handler.ts";
import { hasShared } from "../fixtures/shared.ts";

/** What a pooler may be told to ignore, so that sessions of any client begin. */
const IGNORED = "jit,statement_timeout,lock_timeout,idle_in_transaction_session_timeout,idle_session_timeout";
/** Fewer than the API's connections: their transactions change sessions all the time. */
const POOL_SIZE = 2;
const CONNECTIONS = 5;
const BOUNDS = { applicationName: "test", statementTimeout: 5_000, lockTimeout: 5_000, idleInTransactionTimeout: 0, idleSessionTimeout: 0 };

const database = await testDatabase("chain");
const owner = database.connect();
const users = await loginUsers(database);
const program = await findPgBouncer();
const skip = typeof program === "string" ? program : false;
const pooler =
  typeof program === "string" ? null : await startPgBouncer(program, [database.url, users.serve.url], [`default_pool_size = ${POOL_SIZE}`]);
const lenient =
  typeof program === "string" ? null : await startPgBouncer(program, [database.url], [`ignore_startup_parameters = ${IGNORED}`]);
after(() => Promise.all([pooler?.stop(), lenient?.stop()]));

/** The settings that a request's statements run with, of several connections and transactions. */
async function settingsThrough(url: string, statementTimeout = 25_000): Promise<{ settings: Record<string, string>; prepared: string[] }> {
  const pool = new Pool({ databaseUrl: url, maximum: 2, statementTimeout });
  try {
    const found: Record<string, string>[] = [];
    const prepared: string[] = [];
    for (let turn = 0; turn < 3; turn++) {
      const snapshots = [new Snapshot(pool), new Snapshot(pool)];
      await Promise.all(
        snapshots.map(async (snapshot) => {
          const names = Object.keys(SERVE_SESSION);
          const rows = await snapshot.query<{ name: string; setting: string }>(
            (sql) => sql`select name, setting from pg_settings where name = any(string_to_array(${names.join()}, ',')) order by name`,
          );
          found.push(Object.fromEntries(rows.map(({ name, setting }) => [name, setting])));
          const statements = await snapshot.query<{ name: string }>((sql) => sql`select name from pg_prepared_statements`);
          prepared.push(...statements.map(({ name }) => name));
        }),
      );
      for (const snapshot of snapshots) snapshot.end();
    }
    for (const other of found) assert.deepEqual(other, found[0]);
    return { settings: found[0]!, prepared };
  } finally {
    await pool.close();
  }
}

const sorted = (record: object): object => Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));

for (const user of ["serve's user", "another user"] as const) {
  const direct = user === "serve's user" ? users.serve.url : database.url;
  // A transaction says itself that it only reads.
  const expected = user === "serve's user" ? SERVE_SESSION : { ...SERVE_SESSION, default_transaction_read_only: "off" };

  test(
    `through PgBouncer with its defaults the API answers as ${user}, whichever session a transaction gets`,
    { skip: skip || !hasShared },
    async () => {
      const hashes = await owner<{ hash: string }[]>`select encode(hash, 'hex') as hash from transactions order by to_id limit 20`;
      const api = testApi(pooler!.urlOf(direct), { dbMaxConns: CONNECTIONS, dbMaxWaiting: 1000 });
      try {
        const all = Array.from({ length: 10 }, () => hashes).flat();
        const answers = await Promise.all(
          all.map(({ hash }) => api.ask(`{ transactionByHash(hash: "${hash}") { hash operations(first: 2) { edges { node { id } } } } }`)),
        );
        assert.deepEqual(
          answers.flatMap(({ errors }) => errors ?? []),
          [],
        );
        assert.deepEqual(
          answers.map(({ data }) => data.transactionByHash.hash),
          all.map(({ hash }) => hash),
        );
      } finally {
        await api.close();
      }
    },
  );

  test(`through PgBouncer the statements of ${user} have serve's settings, and none is prepared`, { skip }, async () => {
    const { settings, prepared } = await settingsThrough(pooler!.urlOf(direct));
    assert.deepEqual(settings, sorted(expected));
    assert.deepEqual(prepared, [], "PgBouncer below 1.21 would leave them in a session that another transaction gets");
  });

  test(`without a pooler the statements of ${user} have serve's settings, and are prepared`, async () => {
    const { settings, prepared } = await settingsThrough(direct);
    assert.deepEqual(settings, sorted(SERVE_SESSION));
    assert.ok(prepared.length > 0);
  });
}

test("a shorter bound of the settings holds, with and without a pooler", { skip }, async () => {
  for (const url of [users.serve.url, pooler!.urlOf(users.serve.url), pooler!.urlOf(database.url)])
    assert.equal((await settingsThrough(url, 7_000)).settings.statement_timeout, "7000");
});

test("what serve sets for a transaction is gone with it", { skip }, async () => {
  await settingsThrough(pooler!.urlOf(database.url), 7_000);
  // The pooler may still be passing on the end of the last transaction.
  for (const deadline = Date.now() + 5_000; ; await sleep(20)) {
    const left = await owner<
      { query: string }[]
    >`select query from pg_stat_activity where datname = current_database() and state = 'idle in transaction'`;
    if (left.length > 0 && Date.now() < deadline) continue;
    assert.deepEqual([...left], []);
    break;
  }
  const pool = new Pool({ databaseUrl: pooler!.urlOf(database.url), maximum: 1 });
  const connection = await pool.acquire();
  const [row] = await connection
    .unsafe("select current_setting('statement_timeout') as value, current_setting('enable_sort') as sort")
    .execute();
  assert.deepEqual([row!.value, row!.sort], ["0", "on"]);
  await pool.close();
});

test("statements are prepared where the pooler gives them names of its own", async () => {
  const proxy = await startRenamingProxy(users.serve.url);
  try {
    const { settings, prepared } = await settingsThrough(proxy.url);
    assert.deepEqual(settings, sorted(SERVE_SESSION));
    assert.ok(prepared.length > 0 && prepared.every((name) => name.startsWith(RENAMED)), prepared.join());
  } finally {
    await proxy.stop();
  }
});

test("ingest and migrations are refused through a pooler, whether or not it lets their sessions begin", { skip }, async () => {
  for (const url of [pooler!.urlOf(database.url), lenient!.urlOf(database.url)]) {
    const refused = { code: "CONFIG_INVALID", message: /pooler.*INGEST_DATABASE_URL/ };
    if (hasShared) await assert.rejects(ingestChain(url), refused);
    const sql = connectDatabase(url, BOUNDS);
    await assert.rejects(migrate(sql), refused);
    await sql.end({ timeout: 1 });
  }
  // The server has other tests' databases too, with locks of their own.
  const [locks] = await owner<{ count: number }[]>`
    select count(*)::int as count from pg_locks
    where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`;
  assert.equal(locks!.count, 0);
});
