import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunReport } from "../../functions/ingest/invocation/run-report.ts";
import { runInvocation } from "../../functions/ingest/invocation/run.ts";
import { createIndexer } from "../../functions/ingest/indexer/index-ledger.ts";
import type { LedgerSource } from "../../functions/ingest/source/ledger-source.ts";
import { WalletError, type ErrorCode } from "../../functions/shared/errors.ts";
import { testDatabase, type TestDatabase } from "../fixtures/database.ts";
import { openedLedger, openLedger } from "../fixtures/open-ledger.ts";
import { withWrongHash } from "../fixtures/wrong-hash.ts";
import { sandboxLedgers, SANDBOX_PASSPHRASE } from "../fixtures/sandbox-ledgers.ts";

const ledgers = sandboxLedgers(4);

/** Gives these ledgers, whatever it is asked for. */
function stubborn(given: readonly Uint8Array[]): LedgerSource {
  return {
    name: "stubborn",
    beginsAt: "oldest",
    async *open() {
      for (const bytes of given) yield openedLedger(bytes, null, "stubborn");
    },
  };
}

function ingest({ url }: TestDatabase, given: readonly Uint8Array[], startLedger: number | null = null): Promise<RunReport> {
  return runInvocation({
    databaseUrl: url,
    network: "custom",
    networkPassphrase: SANDBOX_PASSPHRASE,
    source: stubborn(given),
    indexer: createIndexer(SANDBOX_PASSPHRASE),
    startLedger,
    followMs: 0,
    deadline: Date.now() + 60_000,
  });
}

async function assertRefused(run: Promise<unknown>, expected: ErrorCode): Promise<void> {
  await assert.rejects(run, (error) => error instanceof WalletError && error.code === expected);
}

async function newest(database: TestDatabase): Promise<unknown> {
  const [row] = await database.connect()`select ledger, (select count(*)::int from ledgers) as ledgers from cursors where name = 'latest'`;
  return { ...row };
}

test("an empty database begins with START_LEDGER or not at all", async () => {
  const database = await testDatabase();
  await assertRefused(ingest(database, ledgers.slice(2), 2), "LEDGER_GAP");
  assert.deepEqual(await newest(database), { ledger: null, ledgers: 0 });
  await ingest(database, ledgers.slice(1), 2);
  assert.deepEqual(await newest(database), { ledger: 4, ledgers: 3 });
});

test("a wrong bit in any word of a ledger's header, or in its hash, keeps the ledger out", async () => {
  const database = await testDatabase();
  await ingest(database, ledgers.slice(0, 1));
  const { headerStart, headerEnd } = openLedger(ledgers[1]!);
  const hashWords = 8;
  // Fewer than the attempts after which a bad ledger is let rest.
  for (let word = headerStart - hashWords; word < headerEnd; word += 11) {
    const damaged = Buffer.from(ledgers[1]!);
    damaged[word * 4 + 3]! ^= 1;
    await assert.rejects(ingest(database, [damaged]), (error) => error instanceof WalletError, `word ${word}`);
    assert.deepEqual(await newest(database), { ledger: 1, ledgers: 1 });
  }
  await ingest(database, ledgers.slice(1));
  assert.deepEqual(await newest(database), { ledger: 4, ledgers: 4 });
});

test("the writer refuses a ledger without a true hash even when its source does not, and names where it came from", async () => {
  const database = await testDatabase();
  await assert.rejects(ingest(database, [withWrongHash(ledgers[0]!)]), {
    code: "LEDGER_CORRUPT",
    message: /^stubborn, ledger 1: Ledger 1 does not have the hash of its header/,
  });
});

test("a ledger that comes twice, too early or not at all stops ingestion before it", async () => {
  const database = await testDatabase();
  const [first, second, third, fourth] = ledgers as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  await assertRefused(ingest(database, [first, first, second]), "LEDGER_GAP");
  await assertRefused(ingest(database, [third, second]), "LEDGER_GAP");
  await assertRefused(ingest(database, [second, fourth]), "LEDGER_GAP");
  assert.deepEqual(await newest(database), { ledger: 2, ledgers: 2 });
});
