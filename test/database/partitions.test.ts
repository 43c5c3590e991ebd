import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { makePartitionsAhead } from "../../functions/ingest/maintenance/partitions.ts";
import { testDatabase } from "../fixtures/database.ts";
import { ingestSandbox, memorySource } from "../fixtures/ingest-sandbox.ts";
import { sandboxLedgers } from "../fixtures/sandbox-ledgers.ts";

/** A function that is computed while a statement is planned, and sleeps. */
const SLOW_TO_PLAN = `create function slow_to_plan(seconds float8) returns integer language plpgsql immutable as $$
  begin perform pg_sleep(seconds); return 1; end $$`;

test("a statement that was planned before a day's partitions were made never sees a ledger without its history", async () => {
  const database = await testDatabase();
  const [reader, admin] = [database.connect(), database.connect()];
  await admin.unsafe(SLOW_TO_PLAN);
  // The count of transactions is planned, without any partition, before the sleep; the snapshot is taken after it.
  const reading = reader
    .unsafe<{ transactions: number; slow: number | null; expected: number }[]>(`
      select (select count(*)::int from transactions) as transactions, (select slow_to_plan(1) from network limit 1) as slow,
        (select coalesce(sum(transaction_count), 0)::int from ledgers) as expected`)
    .execute();
  const isPlanning = async (): Promise<boolean> => {
    const [row] = await admin`
      select 1 from pg_locks
      where relation = 'transactions'::regclass and database = (select oid from pg_database where datname = current_database())
        and mode = 'AccessShareLock' and pid <> pg_backend_pid()`;
    return row !== undefined;
  };
  let planned = false;
  void reading.finally(() => (planned = true)).catch(() => {});
  while (!(await isPlanning())) {
    assert.ok(!planned, "the statement was over before anybody saw it being planned");
    await sleep(5);
  }

  await ingestSandbox(database.url, memorySource(sandboxLedgers(2)));

  const [seen] = await reading;
  assert.equal(seen!.transactions, seen!.expected);
  const [now] =
    await reader`select (select count(*)::int from transactions) as transactions, (select sum(transaction_count)::int from ledgers) as expected`;
  assert.equal(now!.transactions, now!.expected);
  assert.ok(now!.transactions > 0);
});

test("a transaction that is left open delays new partitions by two seconds, those that are there not at all", async () => {
  const database = await testDatabase();
  const [idler, sql] = [database.connect(), database.connect()];
  await idler.unsafe("begin");
  await idler.unsafe("select from account_links limit 1");
  const noon = Date.UTC(2026, 0, 1, 12) / 1000;
  const timed = async (): Promise<number> => {
    const start = performance.now();
    await makePartitionsAhead(sql, noon, new Set());
    return performance.now() - start;
  };
  assert.ok((await timed()) >= 2000);
  assert.ok((await timed()) < 2000);
  await idler.unsafe("rollback");
});
