import assert from "node:assert/strict";
import { after } from "node:test";
import { readSourceEnvironment } from "../../functions/ingest/environment.ts";
import { findSource, requireSource } from "../../functions/ingest/source/from-environment.ts";
import { fileSource } from "../../functions/ingest/source/file.ts";
import type { LedgerSource } from "../../functions/ingest/source/ledger-source.ts";
import { WalletError } from "../../functions/shared/errors.ts";
import { testDatabase } from "../fixtures/database.ts";
import { PUBNET } from "../fixtures/golden-ledgers.ts";
import { CHAIN_FIRST, CHAIN_LAST, ingestChain } from "../fixtures/ingest-chain.ts";
import { range, readSource } from "../fixtures/read-source.ts";
import { startS3Server } from "../fixtures/s3-server.ts";
import { hasShared, shared, sharedTest } from "../fixtures/shared.ts";
import { loadLake } from "../fixtures/stubs/lake.ts";
import { startStubRpc } from "../fixtures/stubs/rpc.ts";
import { tableHashes } from "../fixtures/table-hashes.ts";

const PREFIX = "v1.1/stellar/ledgers/pubnet";
const chain = shared("ledgers/chain");

const s3 = hasShared ? await startS3Server() : null;
after(() => s3?.stop());
const objects = new Map<string, Uint8Array>();
const ledgers: Uint8Array[] = [];
if (s3) {
  loadLake(objects, chain, PREFIX);
  await s3.fill("public-lake", objects, "public-read");
  await s3.fill("private-lake", objects, "private");
  const older = [...objects].filter(([key]) => Number(/--(\d+)\.xdr/.exec(key)?.[1] ?? 0) < CHAIN_LAST - 5);
  await s3.fill("older-lake", new Map(older), "public-read");
  for await (const { bytes } of fileSource(chain).open(null, AbortSignal.timeout(30_000), { follow: false })) ledgers.push(bytes);
}
const rpc = await startStubRpc({ passphrase: PUBNET, ledgers, retention: 10 });
after(() => rpc.stop());

/** Ingests the chain from a source; gives the hashes of all tables. */
async function hashesFrom(source: LedgerSource): Promise<Record<string, string>> {
  const database = await testDatabase();
  const summary = await ingestChain(database.url, { source, startLedger: CHAIN_FIRST });
  assert.deepEqual([summary.from, summary.to, summary.ledgers], [CHAIN_FIRST, CHAIN_LAST, 48]);
  return tableHashes(database.connect());
}

const lake = (bucket: string): Record<string, string> => ({
  NETWORK: "pubnet",
  DATASTORE_BUCKET_PATH: `${bucket}/${PREFIX}`,
  DATASTORE_REGION: "us-east-1",
  DATASTORE_ENDPOINT_URL: s3!.url,
});

const expected = await tableHashes((await testDatabase("chain")).connect());

sharedTest("RPC gives the tables that files give", async () => {
  const all = await startStubRpc({ passphrase: PUBNET, ledgers });
  try {
    assert.deepEqual(await hashesFrom(requireSource(readSourceEnvironment({ NETWORK: "pubnet", RPC_URL: all.url }))), expected);
  } finally {
    await all.stop();
  }
});

sharedTest("a public lake on a real S3 server, read unsigned, gives the tables that files give", async () => {
  assert.deepEqual(await hashesFrom(requireSource(readSourceEnvironment(lake("public-lake")))), expected);
});

sharedTest("RPC for the newest and the lake for older ledgers give the bytes that files give", async () => {
  const source = requireSource(readSourceEnvironment({ ...lake("older-lake"), RPC_URL: rpc.url }));
  const names = new Set<string | undefined>();
  let i = 0;
  for await (const { bytes } of source.open(CHAIN_FIRST, AbortSignal.timeout(60_000), { follow: false })) {
    assert.ok(Buffer.from(bytes).equals(ledgers[i++]!));
    names.add(source.inUse);
  }
  assert.equal(i, 48);
  assert.deepEqual([...names], [`s3://older-lake/${PREFIX}`, `rpc:${rpc.url}`]);
});

sharedTest("a private lake is refused without credentials, and read with them although S3 checks every signature", async () => {
  const anonymous = await readSource(requireSource(readSourceEnvironment(lake("private-lake"))), CHAIN_LAST);
  assert.equal(anonymous.error?.code, "SOURCE_UNAVAILABLE");
  assert.match(anonymous.error.message, /S3 refuses anonymous access/);
  const { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY } = s3!.reader;
  await s3!.requireSignatures();
  const source = requireSource(readSourceEnvironment({ ...lake("private-lake"), AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY }));
  assert.deepEqual(await readSource(source, CHAIN_LAST - 9), { sequences: range(CHAIN_LAST - 9, CHAIN_LAST), error: null });
  assert.equal(await source.latest!(), CHAIN_LAST);
  const wrong = requireSource(readSourceEnvironment({ ...lake("private-lake"), AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY: "wrong" }));
  const { error } = await readSource(wrong, CHAIN_LAST);
  assert.match(error?.message ?? "", /S3 refuses these credentials \(SignatureDoesNotMatch\)/);
  assert.doesNotMatch(JSON.stringify([error?.message, error?.details]), /wrong/);
});

sharedTest("the environment names the source; without a name there is none", () => {
  assert.equal(findSource(readSourceEnvironment({})), null);
  assert.throws(
    () => requireSource(readSourceEnvironment({})),
    (error) => error instanceof WalletError && error.code === "CONFIG_INVALID",
  );
  assert.match(findSource(readSourceEnvironment({ LEDGERS: chain, RPC_URL: rpc.url }))!.name, /^file:/);
  assert.match(findSource(readSourceEnvironment({ RPC_URL: rpc.url }))!.name, /^rpc:/);
  assert.match(findSource(readSourceEnvironment({ ...lake("x-y-z"), RPC_URL: rpc.url }))!.name, /^rpc:.*, then s3:\/\/x-y-z\/v1\.1/);
});
