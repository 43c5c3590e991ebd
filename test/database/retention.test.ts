import assert from "node:assert/strict";
import { test } from "node:test";
import { LedgerWriter } from "../../functions/ingest/persist/ledger-writer.ts";
import { createIndexer } from "../../functions/ingest/indexer/index-ledger.ts";
import { takeLock } from "../../functions/ingest/invocation/lock.ts";
import { DEFAULT_COMPRESS_AFTER_DAYS, reconcileCompression } from "../../functions/ingest/maintenance/compression.ts";
import { SimulatedChain } from "../../bin/simulated-network/chain.ts";
import { testDatabase, type TestDatabase } from "../fixtures/database.ts";
import { historyFormat } from "../fixtures/history-format.ts";
import { ingestSandbox, memorySource } from "../fixtures/ingest-sandbox.ts";
import { indexBytes } from "../fixtures/open-ledger.ts";
import { SANDBOX_PASSPHRASE } from "../fixtures/sandbox-ledgers.ts";

const DAY = 86_400;
const MIDNIGHT = 1_760_054_400;

/** Three ledgers a day for five days: ledger 1 closes at 00:00, 2 at 08:00, … */
function fiveDays(): Uint8Array[] {
  const chain = new SimulatedChain({
    passphrase: SANDBOX_PASSPHRASE,
    seed: "days",
    startLedger: 1,
    startedAt: MIDNIGHT,
    closeSeconds: DAY / 3,
  });
  return Array.from({ length: 15 }, () => chain.close());
}

const LEDGERS = fiveDays();

async function partitions(database: TestDatabase): Promise<string[]> {
  const sql = database.connect();
  const rows =
    database.dialect === "timescale"
      ? await sql<{ name: string }[]>`
          select to_char(range_start at time zone 'UTC', 'YYYYMMDD') as name from timescaledb_information.chunks
          where hypertable_name = 'transactions' order by 1`
      : await sql<{ name: string }[]>`
          select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'transactions'::regclass order by 1`;
  return rows.map(({ name }) => name.slice(-8));
}

async function extent(database: TestDatabase): Promise<Record<string, unknown>> {
  const [row] = await database.connect()`
    select (select ledger from cursors where name = 'oldest') as oldest, (select min(sequence) from ledgers) as ledgers,
      (select min(to_id >> 32)::int from transactions) as transactions, (select min(ledger_number) from account_links) as links,
      (select min(to_id >> 32)::int from transaction_hashes) as hashes`;
  return { ...row };
}

test("history beyond the retention goes as whole days, with cursor, ledgers and hashes; nothing else goes", async () => {
  const database = await testDatabase();
  const kept = await ingestSandbox(database.url, memorySource(LEDGERS));
  assert.equal(kept.report.retention, null);
  assert.deepEqual(await extent(database), { oldest: 1, ledgers: 1, transactions: 1, links: 1, hashes: 1 });
  const balances = await database.connect()`select * from accounts order by account_id`;

  const first = await ingestSandbox(database.url, memorySource(LEDGERS), { retentionDays: 2 });
  assert.equal(first.report.retention?.dropped, 4, "two days of two tables");
  assert.ok(first.report.retention.hashes > 0);
  assert.deepEqual(await extent(database), { oldest: 7, ledgers: 7, transactions: 7, links: 7, hashes: 7 });
  assert.deepEqual(await database.connect()`select * from accounts order by account_id`, balances);

  const again = await ingestSandbox(database.url, memorySource(LEDGERS), { retentionDays: 2 });
  assert.deepEqual(again.report.retention, { dropped: 0, hashes: 0, postponed: false });
});

test("a long query only postpones retention", async (t) => {
  const database = await testDatabase();
  await ingestSandbox(database.url, memorySource(LEDGERS));
  const reader = database.connect();
  await reader`begin`.simple();
  t.after(() => reader`rollback`.simple().catch(() => {}));
  await reader`select count(*) from transactions`;
  const { summary, report } = await ingestSandbox(database.url, memorySource(LEDGERS), { retentionDays: 1 });
  assert.equal(summary?.outcome, "drained");
  assert.deepEqual(report.retention, { dropped: 0, hashes: 0, postponed: true });
  assert.equal((await extent(database)).oldest, 1, "cursor and rows go together");
});

test("the partitions of the next two days are there before midnight, and no ledger makes its own", async () => {
  const database = await testDatabase();
  await ingestSandbox(database.url, memorySource(LEDGERS.slice(0, 3)));
  assert.deepEqual(await partitions(database), ["20251010", "20251011", "20251012"]);
  const sql = database.connect();
  // Every call from now on is counted.
  await sql.unsafe(`alter function create_day_partitions(date) rename to create_really;
    create sequence calls;
    create function create_day_partitions(day date) returns integer language sql as 'select nextval(''calls''); select create_really(day)'`);
  const lock = await takeLock(sql, "sandbox", SANDBOX_PASSPHRASE);
  const days = new Set([0, 1, 2].map((n) => MIDNIGHT / DAY + 1 + n));
  const writer = new LedgerWriter(sql, lock!.fence, 10_000, historyFormat(lock!, SANDBOX_PASSPHRASE), days);
  await writer.write(writer.prepare(indexBytes(createIndexer(SANDBOX_PASSPHRASE), LEDGERS[3]!)));
  const [row] = await sql<{ called: boolean }[]>`select is_called as called from calls`;
  assert.equal(row!.called, false);
});

test("compression settings are applied once a change", async () => {
  const database = await testDatabase();
  const sql = database.connect();
  const apply = (afterDays: number | null): Promise<boolean> => reconcileCompression(sql, afterDays);
  assert.equal(await apply(DEFAULT_COMPRESS_AFTER_DAYS), false, "the migration has applied the defaults");
  assert.equal(await apply(14), true);
  assert.equal(await apply(14), false);
  assert.equal(await apply(60), true);
  assert.equal(await apply(null), true, "the job of before is removed");
  assert.equal(await apply(null), false);
  const [row] = await sql<
    { days: number | null }[]
  >`select (value ->> 'afterDays')::int as days from maintenance_settings where name = 'compression'`;
  assert.equal(row!.days, null);
});
