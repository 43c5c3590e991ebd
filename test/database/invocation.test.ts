import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createIndexer } from "../../functions/ingest/indexer/index-ledger.ts";
import { lockKey } from "../../functions/ingest/invocation/lock.ts";
import { runInvocation } from "../../functions/ingest/invocation/run.ts";
import { connectDatabase, type Database } from "../../functions/shared/database/session.ts";
import { WalletError } from "../../functions/shared/errors.ts";
import { testDatabase, type TestDatabase } from "../fixtures/database.ts";
import { ingestSandbox, memorySource } from "../fixtures/ingest-sandbox.ts";
import { openedLedger } from "../fixtures/open-ledger.ts";
import { SANDBOX_PASSPHRASE, sandboxLedgers } from "../fixtures/sandbox-ledgers.ts";

const LEDGERS = sandboxLedgers(12);
const NETWORK = "sandbox";

/** A session under some name that holds the ingest lock. */
async function holder(t: { after: (end: () => Promise<void>) => void }, database: TestDatabase, name: string): Promise<Database> {
  const sql = connectDatabase(database.url, {
    applicationName: name,
    statementTimeout: 0,
    lockTimeout: 0,
    idleInTransactionTimeout: 0,
    idleSessionTimeout: 0,
  });
  t.after(() => sql.end({ timeout: 0 }));
  await sql`select pg_advisory_lock(${lockKey(NETWORK)}::bigint)`;
  return sql;
}

async function sessions(database: TestDatabase): Promise<number> {
  const [row] = await database.connect()`
    select count(*)::int as n from pg_stat_activity where application_name like 'ingest/%' and datname = current_database()`;
  return row!.n;
}

const seconds = (offset: number): number => Math.floor(Date.now() / 1000) + offset;

test("a holder whose time ran out is ended, and its lock taken", async (t) => {
  const database = await testDatabase();
  await holder(t, database, `ingest/gone/${seconds(-40)}`);
  const { summary, report } = await ingestSandbox(database.url, memorySource(LEDGERS));
  assert.deepEqual(summary, { outcome: "drained", from: 1, to: 12, ledgers: 12 });
  assert.equal(report.lockStolen, true);
  const [run] = await database.connect()`select lock_stolen, outcome from ingest_runs`;
  assert.deepEqual({ ...run }, { lock_stolen: true, outcome: "drained" });
});

for (const [what, name] of [
  ["whose time has just run out", `ingest/late/${seconds(-10)}`],
  ["whose time has not run out", `ingest/busy/${seconds(300)}`],
  ["of another kind", "psql"],
  ["with a name that only resembles ours", "ingest/x/y/1"],
]) {
  test(`a holder ${what} is left alone`, async (t) => {
    const database = await testDatabase();
    const other = await holder(t, database, name!);
    const { summary, report } = await ingestSandbox(database.url, memorySource(LEDGERS));
    assert.deepEqual(summary, { outcome: "held", from: null, to: null, ledgers: 0 });
    assert.equal(report.lockStolen, false);
    assert.deepEqual((await other`select 1 as alive`)[0]!.alive, 1);
    const [records] = await other`select count(*)::int as n from ingest_runs`;
    assert.equal(records!.n, 0);
  });
}

test("who finds the lock held still reports how old the newest ledger is", async (t) => {
  const database = await testDatabase();
  await ingestSandbox(database.url, memorySource(LEDGERS));
  await holder(t, database, `ingest/busy/${seconds(300)}`);
  const { report } = await ingestSandbox(database.url, memorySource(LEDGERS));
  assert.equal(report.outcome, "held");
  assert.deepEqual(report.cursor, { ledger: 12, closedAt: 1_760_000_000 + 11 * 5 });
});

test("an invocation that lost its session takes the lock back from it", async (t) => {
  const database = await testDatabase();
  const deadline = Date.now() + 60_000;
  await holder(t, database, `ingest/mine/${Math.floor(deadline / 1000)}`);
  const { summary, report } = await ingestSandbox(database.url, memorySource(LEDGERS), { requestId: "mine", deadline });
  assert.equal(summary?.ledgers, 12);
  assert.equal(report.lockStolen, true);
});

test("an invocation follows the tip until its time is over, and leaves no session and no lock", async () => {
  const database = await testDatabase();
  const growing = LEDGERS.slice(0, 5);
  const grow = (): void => void (growing.length < 9 && growing.push(LEDGERS[growing.length]!));
  const started = Date.now();
  const { summary, report } = await ingestSandbox(database.url, memorySource(growing), {
    followMs: 3_000,
    onLedger: ({ ledger }) => ledger >= 5 && setTimeout(grow, 60),
  });
  assert.deepEqual(summary, { outcome: "stopped", from: 1, to: 9, ledgers: 9 });
  assert.ok(Date.now() - started >= 2_950);
  assert.equal(report.durations.persist.length, 9);
  assert.equal(report.durations.fetch.length, 5, "waiting for the next ledger to close is no fetching");
  assert.equal(report.tip, 9);
  assert.equal(await sessions(database), 0);
  const [row] = await database.connect()`select pg_try_advisory_lock(${lockKey(NETWORK)}::bigint) as free,
    (select network_tip from cursors where name = 'latest') as tip`;
  assert.deepEqual({ ...row }, { free: true, tip: 9 });
});

test("a backlog is written to its end even when the time to follow is over before", async () => {
  const database = await testDatabase();
  const { summary } = await ingestSandbox(database.url, memorySource(LEDGERS), { followMs: 1 });
  assert.deepEqual(summary, { outcome: "drained", from: 1, to: 12, ledgers: 12 });
});

test("a signal ends an invocation that waits for the next ledger, at once and cleanly", async () => {
  const database = await testDatabase();
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 600);
  const started = Date.now();
  const { summary } = await ingestSandbox(database.url, memorySource(LEDGERS), { followMs: 50_000, signal: stop.signal });
  assert.equal(summary?.outcome, "stopped");
  assert.ok(Date.now() - started < 5_000);
  assert.equal(await sessions(database), 0);
});

test("a source that ignores its signal does not keep the invocation", async () => {
  const database = await testDatabase();
  const deaf = memorySource(LEDGERS, {
    async *open(from) {
      if ((from ?? 1) === 1) yield openedLedger(LEDGERS[0]!, 1);
      await sleep(60_000, undefined, { ref: false });
    },
  });
  const started = Date.now();
  const { summary } = await ingestSandbox(database.url, deaf, { deadline: Date.now() + 2_000, reserveMs: 1_000 });
  assert.deepEqual(summary, { outcome: "stopped", from: 1, to: 1, ledgers: 1 });
  assert.ok(Date.now() - started < 10_000);
});

test("bounded invocations write a backlog without losing a ledger", async () => {
  const database = await testDatabase();
  let invocations = 0;
  for (let written = 0; written < 12; invocations++) {
    assert.ok(invocations < 40, "no progress");
    const slow = memorySource(LEDGERS, {
      async *open(from, signal) {
        for (let n = from ?? 1; n <= 12 && !signal.aborted; n++) {
          await sleep(100);
          yield openedLedger(LEDGERS[n - 1]!, n);
        }
      },
    });
    const { summary } = await ingestSandbox(database.url, slow, { deadline: Date.now() + 1_500, reserveMs: 1_000 });
    written += summary!.ledgers;
  }
  assert.ok(invocations > 1);
  const [row] = await database.connect()`select count(*)::int as ledgers, max(sequence) as newest from ledgers`;
  assert.deepEqual({ ...row }, { ledgers: 12, newest: 12 });
});

test("a schema that is older or newer than the code is left alone", async () => {
  const empty = await testDatabase("nothing");
  const none = await ingestSandbox(empty.url, memorySource(LEDGERS));
  assert.ok(none.error instanceof WalletError && none.error.code === "DATABASE_TOO_OLD", String(none.error));
  const database = await testDatabase();
  const sql = database.connect();
  for (const [version, code] of [
    [9999, "DATABASE_NEWER"],
    [1, "DATABASE_TOO_OLD"],
  ] as const) {
    await sql`delete from schema_migrations`;
    await sql`insert into schema_migrations (version, name, checksum) values (${version}, 'x', 'x')`;
    const { error, report } = await ingestSandbox(database.url, memorySource(LEDGERS));
    assert.ok(error instanceof WalletError && error.code === code, String(error));
    assert.deepEqual(error.details.version, version);
    assert.equal(report.retries, 0);
  }
  const [row] =
    await sql`select (select count(*)::int from ledgers) as ledgers, (select fence from cursors where name = 'latest') as fence`;
  assert.deepEqual({ ...row }, { ledgers: 0, fence: "0" });
});

test("a run returns the report that its end is told with, complete with times and the newest ledger", async () => {
  const database = await testDatabase();
  const ended: unknown[] = [];
  const report = await runInvocation({
    databaseUrl: database.url,
    network: NETWORK,
    networkPassphrase: SANDBOX_PASSPHRASE,
    source: memorySource(LEDGERS),
    indexer: createIndexer(SANDBOX_PASSPHRASE),
    startLedger: null,
    followMs: 0,
    deadline: Date.now() + 60_000,
    onEnd: (given) => ended.push(given),
  });
  assert.equal(ended.length, 1);
  assert.equal(ended[0], report);
  const { outcome, from, to, ledgers, cursor, failure, durations } = report;
  assert.deepEqual([outcome, from, to, ledgers, cursor?.ledger, failure], ["drained", 1, 12, 12, 12, null]);
  assert.deepEqual([durations.index.length, durations.persist.length], [12, 12]);
  assert.ok(report.endedAt >= report.startedAt);
});

test("an unreachable database is an error after a few quick tries", async () => {
  const { error, report } = await ingestSandbox("postgres://nobody@127.0.0.1:1/none", memorySource(LEDGERS));
  assert.ok(error instanceof WalletError && error.code === "DATABASE_UNREACHABLE", String(error));
  assert.deepEqual([report.outcome, report.retries, report.failure?.code], ["failed", 3, "DATABASE_UNREACHABLE"]);
});
