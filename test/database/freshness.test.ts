import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createIndexer } from "../../functions/ingest/indexer/index-ledger.ts";
import { readSourceEnvironment } from "../../functions/ingest/environment.ts";
import { requireSource } from "../../functions/ingest/source/from-environment.ts";
import { testDatabase } from "../fixtures/database.ts";
import { ingestChain } from "../fixtures/ingest-chain.ts";
import { SANDBOX_PASSPHRASE, sandboxLedgers } from "../fixtures/sandbox-ledgers.ts";
import { lakeWriter } from "../fixtures/stubs/lake.ts";
import { startStubRpc } from "../fixtures/stubs/rpc.ts";
import { startStubS3 } from "../fixtures/stubs/s3.ts";
import { until } from "../fixtures/until.ts";

const FIRST_NEW = 11;
const ledgers = sandboxLedgers(15); // sequences 1 to 15

/** Follows a source while ledgers 11 to 15 appear in it; gives the milliseconds from each appearance to its commit. */
async function delaysOf(environment: Record<string, string>, publish: (ledger: Uint8Array) => void): Promise<number[]> {
  const database = await testDatabase();
  const appeared = new Map<number, number>();
  const delays: number[] = [];
  const stop = new AbortController();
  let newest = 0;
  const following = ingestChain(database.url, {
    networkPassphrase: SANDBOX_PASSPHRASE,
    indexer: createIndexer(SANDBOX_PASSPHRASE),
    source: requireSource(readSourceEnvironment({ NETWORK_PASSPHRASE: SANDBOX_PASSPHRASE, ...environment })),
    startLedger: 1,
    followMs: 30_000,
    signal: stop.signal,
    onLedger: ({ ledger }) => {
      const at = appeared.get(ledger);
      if (at !== undefined) delays.push(performance.now() - at);
      newest = ledger;
      if (ledger === 15) stop.abort();
    },
  });
  for (let n = FIRST_NEW; n <= 15; n++) {
    await until("the ledger before is in the database", () => newest === n - 1);
    // Not in step with the polls of the source.
    await sleep(n * 37);
    appeared.set(n, performance.now());
    publish(ledgers[n - 1]!);
  }
  assert.equal((await following).to, 15);
  return delays;
}

function assertFresh(t: TestContext, delays: number[]): void {
  assert.equal(delays.length, 5);
  t.diagnostic(`from appearance to commit: ${delays.map((delay) => `${delay.toFixed(0)} ms`).join(", ")}`);
  // A busy machine may delay one or the other, but hardly most.
  const [median] = delays.toSorted((a, b) => a - b).slice(2);
  assert.ok(median! < 1_500);
}

test("a ledger that appears at RPC is in the database within 1.5 seconds", async (t) => {
  const rpc = await startStubRpc({ passphrase: SANDBOX_PASSPHRASE, ledgers: ledgers.slice(0, 10) });
  t.after(() => rpc.stop());
  assertFresh(t, await delaysOf({ RPC_URL: rpc.url }, (ledger) => rpc.publish(ledger)));
});

test("a ledger that appears in a lake is in the database within 1.5 seconds", async (t) => {
  const s3 = await startStubS3();
  t.after(() => s3.stop());
  const lake = lakeWriter(s3.objects, { passphrase: SANDBOX_PASSPHRASE, prefix: "p" });
  lake.add(ledgers.slice(0, 10));
  const environment = { DATASTORE_BUCKET_PATH: `${s3.bucket}/p`, DATASTORE_ENDPOINT_URL: s3.url };
  assertFresh(t, await delaysOf(environment, (ledger) => lake.add([ledger])));
});
