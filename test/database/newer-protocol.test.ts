import assert from "node:assert/strict";
import { test } from "node:test";
import { createIndexer } from "../../functions/ingest/indexer/index-ledger.ts";
import { NEWEST_PROTOCOL } from "../../functions/ingest/ledger/protocol.ts";
import type { WalletError } from "../../functions/shared/errors.ts";
import { takeLock } from "../../functions/ingest/invocation/lock.ts";
import { rewindToKnown } from "../../functions/ingest/maintenance/rewind.ts";
import { openIngestSession } from "../../functions/ingest/invocation/bounded-session.ts";
import { testDatabase, type TestDatabase } from "../fixtures/database.ts";
import { ingestSandbox, memorySource } from "../fixtures/ingest-sandbox.ts";
import { UNKNOWN_PROTOCOL, upgradedAt, withUnknownMeta } from "../fixtures/newer-ledgers.ts";
import { SANDBOX_PASSPHRASE, sandboxLedgers } from "../fixtures/sandbox-ledgers.ts";
import { testApi } from "../fixtures/serve-handler.ts";

const UPGRADED = upgradedAt(sandboxLedgers(8), 4);

/** The version that will know the protocol. */
const updated = { indexer: createIndexer(SANDBOX_PASSPHRASE, UNKNOWN_PROTOCOL) };

async function marks(database: TestDatabase): Promise<{ ledger: number; protocol: number; newerThan: number | null }[]> {
  return [
    ...(await database.connect()<{ ledger: number; protocol: number; newerThan: number | null }[]>`
      select sequence as ledger, protocol_version as protocol, newer_than as "newerThan" from ledgers order by sequence`),
  ];
}

test("ledgers of a later protocol that can be read are written and marked, and the API says from which on", async () => {
  const database = await testDatabase();
  assert.equal((await ingestSandbox(database.url, memorySource(UPGRADED))).summary?.to, 8);
  assert.deepEqual(
    await marks(database),
    [1, 2, 3, 4, 5, 6, 7, 8].map((ledger) =>
      ledger < 5 ? { ledger, protocol: 26, newerThan: null } : { ledger, protocol: UNKNOWN_PROTOCOL, newerThan: NEWEST_PROTOCOL },
    ),
  );
  const [cursor] = await database.connect()`select newer_protocol_from from cursors where name = 'latest'`;
  assert.equal(cursor!.newer_protocol_from, 5);
  const api = testApi(database.url, { healthMaxLagSeconds: 1_000_000_000 });
  try {
    const { ledger } = (await api.ask(`{ transactionByHash(hash: "${"00".repeat(32)}") { hash } }`)).extensions!;
    assert.equal((ledger as { newerProtocolFrom?: number }).newerProtocolFrom, 5);
    const health = await api.send({ method: "GET", path: "/health" });
    assert.deepEqual(JSON.parse(health.body), { backend_latest_ledger: 8, status: "ok", newer_protocol_from: 5 });
  } finally {
    await api.close();
  }
});

test("with NEWER_PROTOCOL=stop ingestion stops before the first of them, and goes on at once with code that knows it", async () => {
  const database = await testDatabase();
  for (let attempt = 1; attempt <= 11; attempt++) {
    const { error, report } = await ingestSandbox(database.url, memorySource(UPGRADED), { newerProtocol: "stop" });
    if (attempt === 11) assert.equal(report.outcome, "backing-off");
    else {
      assert.equal((error as WalletError).code, "PROTOCOL_UNSUPPORTED");
      assert.match((error as Error).message, /protocol 29, newer than this version knows: update.*NEWER_PROTOCOL is stop/);
      assert.deepEqual([report.failure?.ledger, report.failure?.attempts, report.failure?.poison], [5, attempt, true]);
    }
  }
  const { summary } = await ingestSandbox(database.url, memorySource(UPGRADED), { newerProtocol: "stop", ...updated });
  assert.deepEqual(summary, { outcome: "drained", from: 5, to: 8, ledgers: 4 });
  assert.ok((await marks(database)).every(({ newerThan }) => newerThan === null));
  assert.deepEqual([...(await database.connect()`select 1 from ingest_failures where resolved_at is null`)], []);
});

test("a ledger that cannot be read stops ingestion, also with NEWER_PROTOCOL=continue, and is written once it can be", async () => {
  const database = await testDatabase();
  const unreadable = UPGRADED.map((bytes, i) => (i === 5 ? withUnknownMeta(bytes) : bytes));
  for (let attempt = 1; attempt <= 10; attempt++) {
    const { error } = await ingestSandbox(database.url, memorySource(unreadable));
    assert.equal((error as WalletError).code, "PROTOCOL_UNSUPPORTED");
  }
  assert.equal((await ingestSandbox(database.url, memorySource(UPGRADED))).report.outcome, "backing-off");
  assert.equal((await ingestSandbox(database.url, memorySource(UPGRADED), updated)).summary?.to, 8);
});

test("after an update the marked ledgers are taken back, and written again as code writes them that knew them at once", async () => {
  const [database, reference] = [await testDatabase(), await testDatabase()];
  await ingestSandbox(reference.url, memorySource(UPGRADED), updated);
  // As if the older code had missed a payment's rows and left a balance as it was.
  await ingestSandbox(database.url, memorySource(UPGRADED.slice(0, 7)));
  const sql = database.connect();
  await sql`update transactions set payload = payload || '\\x00'::bytea where to_id >= 5::bigint << 32`;
  await sql`update accounts set balance = 1 where last_modified_ledger = 6`;
  await ingestSandbox(database.url, memorySource(UPGRADED), updated);
  const session = openIngestSession(database.url, "test");
  const lock = (await takeLock(session, "sandbox", SANDBOX_PASSPHRASE))!;
  await assert.rejects(rewindToKnown(session, lock.fence), {
    code: "PROTOCOL_UNSUPPORTED",
    message: /newer than this version knows: update/,
  });
  await assert.rejects(rewindToKnown(session, "0", UNKNOWN_PROTOCOL), { code: "LEDGER_GAP" }, "not without the lock");
  assert.equal((await marks(database)).length, 8, "nothing was taken back");
  assert.deepEqual(await rewindToKnown(session, lock.fence, UNKNOWN_PROTOCOL), { first: 5, last: 8 });
  assert.equal(await rewindToKnown(session, lock.fence, UNKNOWN_PROTOCOL), null);
  await session.end();
  const { summary } = await ingestSandbox(database.url, memorySource(UPGRADED), updated);
  assert.deepEqual(summary, { outcome: "drained", from: 5, to: 8, ledgers: 4 });
  const state = async (of: TestDatabase): Promise<unknown[]> => {
    const one = of.connect();
    return [
      [...(await one`select to_id, hash, payload from transactions order by to_id`)],
      [...(await one`select hash_prefix, to_id from transaction_hashes order by 2, 1`)],
      [...(await one`select ledger_number, kinds, refs from account_links order by 1, 3, 2`)].length,
      [...(await one`select * from accounts order by 1`)],
      [...(await one`select sequence, newer_than, transaction_count, state_change_count from ledgers order by 1`)],
      [...(await one`select ledger, ledger_hash, closed_at, newer_protocol_from from cursors order by name`)],
    ];
  };
  assert.deepEqual(await state(database), await state(reference));
});
