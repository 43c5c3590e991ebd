import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { takeLock } from "../../functions/ingest/invocation/lock.ts";
import { LedgerWriter } from "../../functions/ingest/persist/ledger-writer.ts";
import { createIndexer } from "../../functions/ingest/indexer/index-ledger.ts";
import type { RunReport } from "../../functions/ingest/invocation/run-report.ts";
import { fileSource } from "../../functions/ingest/source/file.ts";
import { WalletError } from "../../functions/shared/errors.ts";
import { testDatabase, type TestDatabase } from "../fixtures/database.ts";
import { PUBNET } from "../fixtures/golden-ledgers.ts";
import { CHAIN_FIRST, CHAIN_LAST, ingestChain } from "../fixtures/ingest-chain.ts";
import { historyFormat } from "../fixtures/history-format.ts";
import { missingRows, NEWEST_LEDGER, type NewestLedger } from "../fixtures/newest-ledger.ts";
import { hasShared, shared, sharedTest } from "../fixtures/shared.ts";
import { tableHashes } from "../fixtures/table-hashes.ts";
import { until } from "../fixtures/until.ts";

/** The database of a run that nothing disturbed, and its tables' hashes. */
const undisturbed = await testDatabase();
const summary = hasShared ? await ingestChain(undisturbed.url) : null;
const expected = await tableHashes(undisturbed.connect());

async function assertUndisturbed(database: TestDatabase): Promise<void> {
  assert.deepEqual(await tableHashes(database.connect()), expected);
}

sharedTest("one invocation writes the whole chain", async () => {
  assert.deepEqual(summary, { outcome: "drained", from: CHAIN_FIRST, to: CHAIN_LAST, ledgers: 48 });
  const sql = undisturbed.connect();
  const [counts] =
    await sql`select (select count(*)::int from ledgers) as ledgers, (select count(*)::int from transactions) as transactions,
    (select count(*)::int from transaction_hashes) as hashes, (select sum(transaction_count)::int from ledgers) as announced`;
  // A fee bump is found by two hashes.
  assert.deepEqual({ ...counts }, { ledgers: 48, transactions: 15228, hashes: 15228 + 1464, announced: 15228 });
});

sharedTest("a second invocation finds nothing to do and changes nothing", async () => {
  assert.deepEqual(await ingestChain(undisturbed.url), { outcome: "drained", from: null, to: null, ledgers: 0 });
  assert.deepEqual(await tableHashes(undisturbed.connect()), expected);
});

sharedTest("many short invocations give the tables of one long one", async () => {
  const database = await testDatabase();
  let invocations = 0;
  for (let ledgers = 0; ledgers < 48; invocations++) {
    const stop = new AbortController();
    let seen = 0;
    const part = await ingestChain(database.url, {
      signal: stop.signal,
      onLedger: () => {
        if (++seen === 5) stop.abort();
      },
    });
    assert.ok(part.ledgers > 0, "an invocation made no progress");
    ledgers += part.ledgers;
  }
  assert.ok(invocations >= 5);
  await assertUndisturbed(database);
});

sharedTest("with too little time left an invocation stops before its first ledger", async () => {
  const database = await testDatabase();
  const part = await ingestChain(database.url, { deadline: Date.now() + 5_000 });
  assert.deepEqual(part, { outcome: "stopped", from: null, to: null, ledgers: 0 });
});

sharedTest("of two invocations at once one works and the other says that the lock is held", async () => {
  const database = await testDatabase();
  const parts = await Promise.all([ingestChain(database.url), ingestChain(database.url)]);
  assert.deepEqual(parts.map((part) => part.outcome).sort(), ["drained", "held"]);
  await assertUndisturbed(database);
});

sharedTest("a session whose fence was taken over cannot commit a ledger", async () => {
  const database = await testDatabase();
  const zombie = database.connect();
  const lock = await takeLock(zombie, "pubnet", PUBNET);
  assert.ok(lock);
  // The server lets go of the zombie's lock without its knowledge; another invocation takes over.
  await zombie`select pg_advisory_unlock_all()`;
  await ingestChain(database.url, { signal: AbortSignal.abort() });
  for await (const { ledger } of fileSource(shared("ledgers/chain")).open(null, new AbortController().signal, { follow: false })) {
    const rows = createIndexer(PUBNET).index(ledger);
    const writer = new LedgerWriter(zombie, lock.fence, 10_000, historyFormat(lock, PUBNET));
    const write = writer.write(writer.prepare(rows));
    await assert.rejects(write, (error) => error instanceof WalletError && error.code === "FENCED");
    break;
  }
  const [row] = await database.connect()`select count(*)::int as n from ledgers`;
  assert.equal(row?.n, 0);
});

sharedTest("a backend that dies in the middle of a ledger ends the invocation with an error, and the next one goes on", async () => {
  const database = await testDatabase();
  const admin = database.connect();
  let written = 0;
  let failures = 0;
  for (let invocation = 0; written < 48; invocation++) {
    assert.ok(invocation < 200, "no progress");
    const running = ingestChain(database.url, { maxRetries: 0, onLedger: () => written++ }).catch((error: unknown) => {
      assert.ok(error instanceof WalletError, String(error));
      failures++;
    });
    if (invocation < 6) {
      await sleep(150 + 37 * invocation);
      await admin`select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'ingest/%' and datname = current_database()`;
    }
    await running;
    const [state] =
      await admin`select (select ledger from cursors where name = 'latest') as latest, (select max(sequence) from ledgers) as newest,
      (select (max(to_id) >> 32)::integer from transactions) as history`;
    assert.equal(state?.newest, state?.latest);
    assert.equal(state?.history, state?.latest);
    written = state?.latest === null ? 0 : (state?.latest as number) - CHAIN_FIRST + 1;
  }
  assert.ok(failures > 0, "no invocation was hit");
  await assertUndisturbed(database);
});

sharedTest("an invocation heals by itself when its backend dies once", async () => {
  const database = await testDatabase();
  const admin = database.connect();
  let killed = false;
  const reports: Readonly<RunReport>[] = [];
  const summary = await ingestChain(database.url, {
    onEnd: (report) => reports.push(report),
    onLedger: ({ ledger }) => {
      if (ledger !== CHAIN_FIRST + 9) return;
      killed = true;
      void admin`select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'ingest/%' and datname = current_database()`.execute();
    },
  });
  assert.ok(killed);
  assert.equal(summary.outcome, "drained");
  assert.equal(summary.to, CHAIN_LAST);
  assert.equal(reports[0]?.retries, 1);
  await assertUndisturbed(database);
});

sharedTest("a process killed at any moment leaves whole ledgers, and the next one goes on", async () => {
  const database = await testDatabase();
  const sql = database.connect();
  const newest = async (): Promise<number> => {
    const [row] = await sql<{ ledger: number | null }[]>`select ledger from cursors where name = 'latest'`;
    return row!.ledger ?? 0;
  };
  const args = ["bin/wallet.ts", "ingest", "--ledgers", shared("ledgers/chain"), "--network-passphrase", PUBNET];
  let kills = 0;
  for (let run = 0; (await newest()) < CHAIN_LAST; run++) {
    assert.ok(run < 60, "no progress");
    const before = await newest();
    const child = spawn(process.execPath, args, { env: { ...process.env, DATABASE_URL: database.url }, stdio: "ignore" });
    const exit = once(child, "exit");
    // Some milliseconds after it has begun to write; the last runs are left alone.
    if (run < 6) {
      await until("the process writes", async () => child.exitCode !== null || (await newest()) > before);
      await sleep(run * 17);
    }
    if (run < 6 && child.exitCode === null) {
      child.kill("SIGKILL");
      kills++;
    }
    await exit;
    // The server notices the death of the client with its next message to it.
    await sleep(100);
  }
  assert.ok(kills > 0, "no process was killed");
  const [lost] = await sql`select count(*)::int as runs from ingest_runs where outcome = 'lost' and ended_at is not null`;
  assert.ok(lost!.runs > 0, "the records do not tell of the killed processes");
  await assertUndisturbed(database);
});

sharedTest("a reader that polls during ingestion never sees a part of a ledger", async () => {
  const database = await testDatabase();
  const reader = database.connect();
  const state = { running: true };
  const ingest = ingestChain(database.url).finally(() => (state.running = false));
  let looks = 0;
  while (state.running) {
    const [seen] = await reader<{ torn: number; newest: NewestLedger | null }[]>`
      select ${reader.unsafe(NEWEST_LEDGER)} as newest, (select count(*)::integer from ledgers l
        where l.transaction_count <> (select count(*) from transactions t where t.to_id >> 32 = l.sequence and t.ledger_created_at = l.closed_at)
          or l.transaction_count <> (select count(distinct h.to_id) from transaction_hashes h where h.to_id >> 32 = l.sequence)
          or not exists (select from account_links a where a.ledger_number = l.sequence and a.ledger_created_at = l.closed_at)) as torn`;
    assert.equal(seen!.torn, 0);
    assert.deepEqual(missingRows(seen!.newest), { operations: 0, stateChanges: 0 });
    looks++;
  }
  await ingest;
  assert.ok(looks > 5);
});

sharedTest("a database of another network is refused", async () => {
  const wrong = ingestChain(undisturbed.url, { networkPassphrase: "another network" });
  await assert.rejects(wrong, (error) => error instanceof WalletError && error.code === "NETWORK_MISMATCH");
});
