import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { protocol as doctorsCheck } from "../../bin/doctor/protocol.ts";
import { readSourceEnvironment } from "../../functions/ingest/environment.ts";
import { findTestNetwork } from "../../functions/ingest/source/test-network.ts";
import { testDatabase } from "../fixtures/database.ts";
import { ingestSandbox, memorySource } from "../fixtures/ingest-sandbox.ts";
import { UNKNOWN_PROTOCOL, upgradedAt, withUnknownMeta } from "../fixtures/newer-ledgers.ts";
import { sandboxLedgers } from "../fixtures/sandbox-ledgers.ts";
import { lakeWriter } from "../fixtures/stubs/lake.ts";
import { startStubS3, type StubS3 } from "../fixtures/stubs/s3.ts";

const LEDGERS = sandboxLedgers(6);
const UPGRADED = upgradedAt(LEDGERS, 4);

/** A lake of a test network, and the settings that name it. */
async function testNetwork(t: TestContext, ledgers: readonly Uint8Array[]): Promise<{ s3: StubS3; environment: Record<string, string> }> {
  const s3 = await startStubS3();
  t.after(() => s3.stop());
  lakeWriter(s3.objects, { passphrase: "a test network", prefix: "testnet" }).add(ledgers);
  return { s3, environment: { TESTNET_LAKE_URL: `${s3.url}/${s3.bucket}/testnet` } };
}

test("ingest asks the test network once a day, whatever the number of invocations", async (t) => {
  const database = await testDatabase();
  const { s3, environment } = await testNetwork(t, UPGRADED);
  const network = findTestNetwork(readSourceEnvironment(environment));
  const run = () => ingestSandbox(database.url, memorySource(LEDGERS), { testNetwork: network });
  assert.deepEqual((await run()).report.upcoming, { protocol: UNKNOWN_PROTOCOL, isNews: true });
  const asked = s3.requests.length;
  assert.ok(asked <= 5, `${asked} requests`);
  assert.deepEqual((await run()).report.upcoming, { protocol: UNKNOWN_PROTOCOL, isNews: false });
  assert.equal(s3.requests.length, asked);
  await database.connect()`update protocol_watch set next_at = next_at - interval '1 day'`;
  assert.equal((await run()).report.upcoming?.isNews, true);
  assert.ok(s3.requests.length > asked);
});

test("a test network whose ledgers cannot be read any more has a newer protocol", async (t) => {
  const { environment } = await testNetwork(
    t,
    UPGRADED.map((bytes, i) => (i === 5 ? withUnknownMeta(bytes) : bytes)),
  );
  const network = findTestNetwork(readSourceEnvironment(environment));
  assert.equal(await network!.protocol(AbortSignal.timeout(5_000)), UNKNOWN_PROTOCOL);
});

test("a test network that does not answer fails no invocation, is left alone for an hour, and what was known stays", async (t) => {
  const database = await testDatabase();
  const { s3, environment } = await testNetwork(t, UPGRADED);
  const network = findTestNetwork(readSourceEnvironment(environment));
  const run = () => ingestSandbox(database.url, memorySource(LEDGERS), { testNetwork: network });
  s3.fault = () => ({ status: 503 });
  const { summary, report } = await run();
  assert.deepEqual([summary?.to, report.upcoming], [6, null]);
  const asked = s3.requests.length;
  assert.ok(asked > 0);
  await run();
  assert.equal(s3.requests.length, asked);
  const sql = database.connect();
  const [row] =
    await sql`select next_at > now() + interval '50 minutes' and next_at < now() + interval '70 minutes' as soon from protocol_watch`;
  assert.equal(row!.soon, true);
  await sql`update protocol_watch set next_at = now(), protocol = 28`;
  assert.deepEqual((await run()).report.upcoming, { protocol: 28, isNews: false });
});

test("the public network read live has the public test network by default, everything else none", () => {
  const of = (environment: Record<string, string>): string | undefined => findTestNetwork(readSourceEnvironment(environment))?.name;
  const testnet = "s3://aws-public-blockchain/v1.1/stellar/ledgers/testnet";
  assert.equal(of({ NETWORK: "pubnet", DATASTORE_BUCKET_PATH: "bucket/prefix" }), testnet);
  assert.equal(of({ NETWORK: "pubnet", RPC_URL: "http://127.0.0.1:1" }), testnet);
  const without: Record<string, string>[] = [
    { NETWORK: "pubnet", LEDGERS: "/nowhere" },
    { NETWORK: "pubnet" },
    { NETWORK: "testnet", RPC_URL: "http://127.0.0.1:1" },
    { NETWORK: "pubnet", RPC_URL: "http://127.0.0.1:1", TESTNET_LAKE_URL: "none" },
  ];
  for (const environment of without) assert.equal(of(environment), undefined);
  assert.throws(() => of({ TESTNET_LAKE_URL: "bucket/prefix" }), { code: "CONFIG_INVALID" });
});

test("doctor warns of the test network's protocol, and of ledgers that are marked", async (t) => {
  const database = await testDatabase();
  const { environment } = await testNetwork(t, UPGRADED);
  const sql = database.connect();
  const check = (given: Record<string, string>) => doctorsCheck.run({ sql, environment: given });
  await ingestSandbox(database.url, memorySource(LEDGERS.slice(0, 4)));
  assert.deepEqual(await check({}), { level: "ok", message: "up to 28 is known, the database is at 26" });
  const coming = await check(environment);
  assert.deepEqual([coming.level, coming.message], ["warn", "up to 28 is known, the database is at 26; the test network runs 29"]);
  assert.match((await check({ TESTNET_LAKE_URL: "http://127.0.0.1:1/bucket/lake" })).message, /^up to 28 .*does not answer/);
  await ingestSandbox(database.url, memorySource(UPGRADED));
  const marked = await check({});
  assert.deepEqual([marked.level, marked.message], ["warn", "ledgers from 5 on are of protocol 29; up to 28 is known"]);
  assert.match(marked.advice!, /reindex/);
});
