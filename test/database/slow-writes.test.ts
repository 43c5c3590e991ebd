import assert from "node:assert/strict";
import { test } from "node:test";
import { WalletError } from "../../functions/shared/errors.ts";
import { testDatabase, type TestDatabase } from "../fixtures/database.ts";
import { FaultProxy } from "../fixtures/fault-proxy.ts";
import { ingestSandbox, memorySource } from "../fixtures/ingest-sandbox.ts";
import { sandboxLedgers } from "../fixtures/sandbox-ledgers.ts";
import { until } from "../fixtures/until.ts";

const LEDGERS = sandboxLedgers(4);
/** The usual limit of a write is three quarters of it. */
const RESERVE_MS = 800;
const USUAL_MS = 600;

/** From now on writing ledger 3 takes so long, and what the server's limits were is kept in the table `seen`. */
async function slowDown(database: TestDatabase, seconds: number): Promise<void> {
  const sql = database.connect();
  await sql.unsafe(`
    create table seen (statement_timeout text, lock_timeout text);
    create function slow_ledger() returns trigger language plpgsql as $$
    begin
      if new.sequence = 3 then
        insert into seen values (current_setting('statement_timeout'), current_setting('lock_timeout'));
        perform pg_sleep(${seconds});
      end if;
      return new;
    end $$;
    create trigger slow_ledger before insert on ledgers for each row execute function slow_ledger();`);
}

async function sessions(database: TestDatabase): Promise<number> {
  const [row] = await database.connect()`
    select count(*)::int as n from pg_stat_activity where application_name like 'ingest/%' and datname = current_database()`;
  return row!.n;
}

test("a ledger that takes longer than the limit gets twice as long at each attempt, and is written once", async () => {
  const database = await testDatabase();
  const sql = database.connect();
  // Ledgers of the same invocation would let the limit grow by how long they took.
  await ingestSandbox(database.url, memorySource(LEDGERS.slice(0, 2)));
  await slowDown(database, 1.6);
  for (const [attempt, limitMs] of [USUAL_MS, 2 * USUAL_MS].entries()) {
    const { error, report } = await ingestSandbox(database.url, memorySource(LEDGERS), { reserveMs: RESERVE_MS });
    assert.ok(error instanceof WalletError && error.code === "PERSIST_TIMEOUT", String(error));
    assert.deepEqual(error.details, { ledger: 3, attempt: attempt + 1, limitMs });
    assert.match(error.message, new RegExp(`ledger 3 took longer than ${limitMs} ms \\(attempt ${attempt + 1}\\).*twice as long`));
    assert.equal(report.failure?.attempts, attempt + 1);
    const [row] = await sql`select ledger, attempts, poison, timed_out_ms from ingest_failures`;
    assert.deepEqual({ ...row }, { ledger: 3, attempts: attempt + 1, poison: false, timed_out_ms: limitMs });
    assert.equal(await sessions(database), 0, "the backend that was given up is ended, and the lock is free");
  }
  const { summary } = await ingestSandbox(database.url, memorySource(LEDGERS), { reserveMs: RESERVE_MS });
  assert.deepEqual(summary, { outcome: "drained", from: 3, to: 4, ledgers: 2 });
  const [row] =
    await sql`select (select count(*)::int from ledgers) as ledgers, (select resolved_at is not null from ingest_failures) as resolved`;
  assert.deepEqual({ ...row }, { ledgers: 4, resolved: true });
});

test("the server's limits of a session grow with the limit of the write, and are its own again afterwards", async () => {
  const database = await testDatabase();
  const sql = database.connect();
  await ingestSandbox(database.url, memorySource(LEDGERS.slice(0, 2)));
  await slowDown(database, 0);
  await sql`insert into ingest_failures (ledger, phase, poison, error_code, error_message, code_version, known_protocol, timed_out_ms)
    values (3, 'persist', false, 'PERSIST_TIMEOUT', 'x', 'x', 0, 60000)`;
  await sql`create function see_ledger() returns trigger language plpgsql as $$
    begin insert into seen values (current_setting('statement_timeout'), current_setting('lock_timeout')); return new; end $$`;
  await sql`create trigger see_ledger before insert on ledgers for each row when (new.sequence = 4) execute function see_ledger()`;
  const { summary } = await ingestSandbox(database.url, memorySource(LEDGERS), { deadline: Date.now() + 600_000 });
  assert.equal(summary?.ledgers, 2);
  assert.deepEqual(
    [...(await sql`select * from seen`)],
    [
      { statement_timeout: "121s", lock_timeout: "40s" },
      { statement_timeout: "15s", lock_timeout: "5s" },
    ],
  );
});

test("the limit grows no further than the invocation's time, and the error says that there is no more", async () => {
  const database = await testDatabase();
  const sql = database.connect();
  await ingestSandbox(database.url, memorySource(LEDGERS.slice(0, 2)));
  await slowDown(database, 30);
  await sql`insert into ingest_failures (ledger, phase, poison, error_code, error_message, code_version, known_protocol, attempts, timed_out_ms)
    values (3, 'persist', false, 'PERSIST_TIMEOUT', 'x', 'x', 0, 9, 600000)`;
  const deadline = Date.now() + 3_000;
  const { error } = await ingestSandbox(database.url, memorySource(LEDGERS), { reserveMs: RESERVE_MS, deadline });
  assert.ok(error instanceof WalletError && error.code === "PERSIST_TIMEOUT", String(error));
  assert.match(error.message, /\(attempt 10\)\. That is all of an invocation's time/);
  const { limitMs } = error.details;
  assert.ok(Number(limitMs) > USUAL_MS && Number(limitMs) <= 2_800, String(limitMs));
  const [row] = await sql`select attempts, timed_out_ms from ingest_failures`;
  assert.deepEqual({ ...row }, { attempts: 10, timed_out_ms: 600_000 }, "the longest limit is kept");
});

test("nobody takes the lock from a session that still writes within its grown limit", async () => {
  const database = await testDatabase();
  const sql = database.connect();
  await ingestSandbox(database.url, memorySource(LEDGERS.slice(0, 2)));
  await slowDown(database, 2);
  await sql`insert into ingest_failures (ledger, phase, poison, error_code, error_message, code_version, known_protocol, timed_out_ms)
    values (3, 'persist', false, 'PERSIST_TIMEOUT', 'x', 'x', 0, 5000)`;
  const writing = ingestSandbox(database.url, memorySource(LEDGERS), { reserveMs: RESERVE_MS });
  await until("the slow write is under way", async () => {
    const [row] = await sql`select count(*)::int as n from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()`;
    return row!.n === 1;
  });
  const other = await ingestSandbox(database.url, memorySource(LEDGERS), { reserveMs: RESERVE_MS });
  assert.equal(other.summary?.outcome, "held");
  const { summary, report } = await writing;
  assert.deepEqual(summary, { outcome: "drained", from: 3, to: 4, ledgers: 2 });
  assert.equal(report.lockStolen, false);
});

test("a connection that falls silent in the middle of a ledger counts as a write that took too long", async () => {
  const database = await testDatabase();
  const proxy = await FaultProxy.start(database.url, {
    decide: ({ type, text }) => (type === "C" && text === "COMMIT" ? { kind: "stall" } : null),
  });
  const { error } = await ingestSandbox(proxy.url, memorySource(LEDGERS.slice(0, 1)), { reserveMs: RESERVE_MS });
  assert.ok(error instanceof WalletError && error.code === "PERSIST_TIMEOUT", String(error));
  await proxy.stop();
  const { summary } = await ingestSandbox(database.url, memorySource(LEDGERS), { reserveMs: RESERVE_MS });
  assert.equal(summary?.outcome, "drained");
  const [row] = await database.connect()`select count(*)::int as ledgers from ledgers`;
  assert.equal(row!.ledgers, 4, "the commit that nobody heard of counts, and nothing is written twice");
});

test("a signal leaves a write no more than the usual time, however long its limit is", async () => {
  const database = await testDatabase();
  const sql = database.connect();
  await ingestSandbox(database.url, memorySource(LEDGERS.slice(0, 2)));
  await slowDown(database, 40);
  await sql`insert into ingest_failures (ledger, phase, poison, error_code, error_message, code_version, known_protocol, timed_out_ms)
    values (3, 'persist', false, 'PERSIST_TIMEOUT', 'x', 'x', 0, 20000)`;
  const stop = new AbortController();
  const writing = ingestSandbox(database.url, memorySource(LEDGERS), { reserveMs: RESERVE_MS, signal: stop.signal });
  await until("the slow write is under way", async () => {
    const [row] = await sql`select count(*)::int as n from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()`;
    return row!.n === 1;
  });
  const started = Date.now();
  stop.abort();
  const { error } = await writing;
  assert.ok(error instanceof WalletError && error.code === "PERSIST_TIMEOUT", String(error));
  assert.ok(Date.now() - started < 15_000, `${Date.now() - started} ms`);
  assert.equal(await sessions(database), 0);
});
