import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { lakeSource, type LakeSourceOptions } from "../../functions/ingest/source/lake.ts";
import type { LedgerSource } from "../../functions/ingest/source/ledger-source.ts";
import { s3Location } from "../../functions/ingest/source/s3-location.ts";
import type { AwsCredentials } from "../../functions/shared/aws-environment.ts";
import { s3Store } from "../../functions/ingest/source/s3-store.ts";
import type { SourceReport } from "../../functions/ingest/source/source-report.ts";
import { range, readSource } from "../fixtures/read-source.ts";
import { SANDBOX_PASSPHRASE, sandboxLedgers } from "../fixtures/sandbox-ledgers.ts";
import type { Fault } from "../fixtures/stubs/fault-server.ts";
import { lakeWriter, ledgerBatch, packObject, type LakeOptions, type LakeWriter } from "../fixtures/stubs/lake.ts";
import { startStubS3, type StubS3, type StubS3Options } from "../fixtures/stubs/s3.ts";
import { until } from "../fixtures/until.ts";

const ledgers = sandboxLedgers(24); // sequences 1 to 24
const ledger = (sequence: number): Uint8Array => ledgers[sequence - 1]!;

interface Setup {
  s3: StubS3;
  lake: LakeWriter;
  source: LedgerSource;
  reports: SourceReport[];
}

interface SetupOptions {
  stub?: StubS3Options;
  lake?: Partial<LakeOptions>;
  source?: Partial<LakeSourceOptions>;
  credentials?: AwsCredentials;
}

async function setUp(t: TestContext, options: SetupOptions = {}): Promise<Setup> {
  const s3 = await startStubS3(options.stub);
  t.after(() => s3.stop());
  const lake = lakeWriter(s3.objects, { passphrase: SANDBOX_PASSPHRASE, prefix: "v1/ledgers", batchesPerPartition: 8, ...options.lake });
  const reports: SourceReport[] = [];
  const store = s3Store({
    location: s3Location(`${s3.bucket}/v1/ledgers`, "us-east-1", s3.url),
    credentials: () => options.credentials ?? null,
    timeoutMs: 1000,
    pauseMs: 10,
    report: (report) => reports.push(report),
  });
  return { s3, lake, reports, source: lakeSource(store, { passphrase: SANDBOX_PASSPHRASE, pollMilliseconds: 10, ...options.source }) };
}

function gets({ requests }: StubS3): string[] {
  return requests.filter(({ operation, key }) => operation === "get" && !key.endsWith(".json")).map(({ key }) => key);
}

for (const [ledgersPerBatch, batchesPerPartition, extension] of [
  [1, 8, ".xdr.zst"],
  [1, 1, ".xdr.zstd"],
  [4, 2, ".xdr.zst"],
  [8, 1, ".xdr.zst"],
] as const) {
  test(`a lake of ${ledgersPerBatch} ledgers a batch and ${batchesPerPartition} batches a partition (${extension}) is read from any ledger`, async (t) => {
    const { lake, source } = await setUp(t, { lake: { ledgersPerBatch, batchesPerPartition, extension } });
    lake.add(ledgers.slice(7, 23)); // 8 to 23, whole batches
    assert.deepEqual(await readSource(source, 8), { sequences: range(8, 23), error: null });
    assert.deepEqual(await readSource(source, 18), { sequences: range(18, 23), error: null });
    assert.deepEqual(await readSource(source, null), { sequences: [23], error: null });
    assert.equal(await source.latest!(), 23);
  });
}

test("objects are fetched ahead side by side, given in order, and no more of them than allowed", async (t) => {
  const answering = { now: 0, most: 0 };
  const { s3, lake, source } = await setUp(t, { source: { readAhead: 4 } });
  lake.add(ledgers);
  // The later the ledger, the sooner its answer.
  s3.fault = ({ operation, key }) => {
    if (operation === "list" || key.endsWith(".json")) return null;
    answering.most = Math.max(answering.most, ++answering.now);
    const delay = 40 - 10 * (gets(s3).length % 4);
    setTimeout(() => answering.now--, delay);
    return { delay };
  };
  assert.deepEqual(await readSource(source, 1), { sequences: range(1, 24), error: null });
  assert.equal(answering.most, 4);
});

test("a reader that leaves early takes nothing more", async (t) => {
  const { s3, lake, source } = await setUp(t);
  lake.add(ledgers);
  await readSource(source, 1, { most: 2 });
  await sleep(60); // What was under way may still arrive.
  const asked = gets(s3).length;
  await sleep(60);
  assert.equal(gets(s3).length, asked);
  assert.ok(asked < 16);
});

test("at the tip a new object shows soon, and only one request a look asks for it", async (t) => {
  const { s3, lake, source } = await setUp(t, { source: { pollMilliseconds: 50 } });
  lake.add(ledgers.slice(0, 20));
  const stop = new AbortController();
  const reading = readSource(source, 19, { follow: true, signal: stop.signal, onLedger: (sequence) => sequence === 22 && stop.abort() });
  const looks = (): number => gets(s3).filter((key) => key === lake.key(21)).length;
  const started = performance.now();
  await until("the next ledger is looked for", () => looks() >= 3);
  assert.ok(looks() <= 2 + (performance.now() - started) / 50, String(looks()));
  lake.add([ledger(21)]);
  lake.add([ledger(22)]);
  assert.deepEqual((await reading).sequences, [19, 20, 21, 22]);
  assert.equal(s3.requests.filter(({ operation }) => operation === "list").length, 1);
});

test("an empty lake is waited for", async (t) => {
  const { lake, source } = await setUp(t);
  assert.deepEqual(await readSource(source, null), { sequences: [], error: null });
  const reading = readSource(source, null, { follow: true, most: 2 });
  await sleep(40);
  lake.add([ledger(5)]);
  await sleep(40);
  lake.add([ledger(6)]);
  assert.deepEqual((await reading).sequences, [5, 6]);
});

test("a manifest that came damaged is read again, not believed for the life of the process", async (t) => {
  let damaged = true;
  const misread = (body: Buffer): Buffer => Buffer.from(body.toString().replace('"batchesPerPartition":8', '"batchesPerPartition":9'));
  const fault = ({ key }: { key: string }): Fault | null => (damaged && key.endsWith(".json") ? { body: misread } : null);
  const { lake, source } = await setUp(t, { stub: { fault } });
  lake.add(ledgers.slice(0, 10));
  assert.equal((await readSource(source, 1)).error?.code, "LEDGER_GAP");
  damaged = false;
  assert.deepEqual(await readSource(source, 1), { sequences: range(1, 10), error: null });
});

test("a missing ledger below later ones is a gap that names lake, ledger and object", async (t) => {
  const { s3, lake, source } = await setUp(t);
  lake.add(ledgers);
  s3.objects.delete(lake.key(7));
  const { sequences, error } = await readSource(source, 3);
  assert.deepEqual([sequences, error?.code], [range(3, 6), "LEDGER_GAP"]);
  assert.match(error!.message, /s3:\/\/ledgers\/v1\/ledgers has ledgers up to 24, but no ledger 7 \(s3:.*--7\.xdr\.zst\)/);
});

test("a lake that changed its extension is read across the change", async (t) => {
  const { s3, lake, source } = await setUp(t, { lake: { extension: ".xdr.zstd" } });
  lake.add(ledgers.slice(0, 12));
  const later = lakeWriter(s3.objects, { passphrase: SANDBOX_PASSPHRASE, prefix: "v1/ledgers", batchesPerPartition: 8 });
  later.add(ledgers.slice(12));
  assert.deepEqual(await readSource(source, 9), { sequences: range(9, 24), error: null });
});

test("busy, late and cut answers are asked for again, and reported", async (t) => {
  const faults: Fault[] = [{ status: 503 }, { cut: 20 }, { cut: 0 }, { hang: true }, { status: 500 }];
  const { lake, source, s3, reports } = await setUp(t);
  lake.add(ledgers);
  s3.fault = ({ key, before }) => {
    const n = /--(\d+)\.xdr/.exec(key)?.[1];
    return n !== undefined && before === 0 ? (faults[Number(n) - 4] ?? null) : null;
  };
  assert.deepEqual(await readSource(source, 1), { sequences: range(1, 24), error: null });
  assert.equal(reports.length, faults.length);
});

test("a bucket that stays down is an unavailable source that names the object", async (t) => {
  const { lake, source, s3 } = await setUp(t);
  lake.add(ledgers);
  s3.fault = ({ key }) => (key === lake.key(5) ? { status: 503 } : null);
  const { sequences, error } = await readSource(source, 4);
  assert.deepEqual([sequences, error?.code], [[4], "SOURCE_UNAVAILABLE"]);
  assert.match(error!.message, /s3:\/\/ledgers\/v1\/ledgers\/.*--5\.xdr\.zst cannot be read: HTTP status 503/);
});

const flipped = packObject(ledgerBatch([ledger(5)]));
flipped[Math.floor(flipped.length / 2)]! ^= 1;

const damages: [string, Uint8Array, string, RegExp][] = [
  ["a flipped bit", flipped, "LEDGER_UNREADABLE", /--5\.xdr\.zst, ledger 5 cannot be read/],
  ["a cut end", packObject(ledgerBatch([ledger(5)])).subarray(0, -20), "LEDGER_UNREADABLE", /--5\.xdr\.zst, ledger 5 cannot be read/],
  ["no bytes", Buffer.alloc(0), "LEDGER_UNREADABLE", /--5\.xdr\.zst, ledger 5 cannot be read/],
  ["no compression", ledgerBatch([ledger(5)]), "LEDGER_UNREADABLE", /--5\.xdr\.zst, ledger 5 cannot be read/],
  [
    "another ledger",
    packObject(ledgerBatch([ledger(6)])),
    "LEDGER_CORRUPT",
    /--5\.xdr\.zst holds ledger 6, which its name does not promise/,
  ],
  ["a batch's head alone", packObject(ledgerBatch([ledger(5)]).subarray(0, 12)), "LEDGER_CORRUPT", /--5\.xdr\.zst, ledger 5: invalid XDR/],
  ["something else", packObject(Buffer.from("not a ledger, but long enough")), "LEDGER_CORRUPT", /--5\.xdr\.zst, ledger 5: .*invalid XDR/],
];
for (const [name, bytes, code, message] of damages) {
  test(`an object with ${name} ends the reading with ${code} after the ledgers before it`, async (t) => {
    const { lake, source, s3 } = await setUp(t);
    lake.add(ledgers);
    s3.objects.set(lake.key(5), bytes);
    const { sequences, error } = await readSource(source, 2);
    assert.deepEqual([sequences, error?.code], [[2, 3, 4], code]);
    assert.match(error!.message, message);
  });
}

const shortBatches: [string, number[], number[]][] = [
  ["too few ledgers", [8, 9, 10], [8, 9, 10]],
  ["a ledger twice", [8, 9, 9, 10], [8, 9]],
  ["a ledger left out", [8, 10, 11], [8]],
];
for (const [name, content, given] of shortBatches) {
  test(`a batch with ${name} ends the reading at that ledger`, async (t) => {
    const { lake, source, s3 } = await setUp(t, { lake: { ledgersPerBatch: 4, batchesPerPartition: 2 } });
    lake.add(ledgers.slice(7, 23));
    s3.objects.set(lake.key(8), packObject(ledgerBatch(content.map(ledger), 8)));
    const { sequences, error } = await readSource(source, 8);
    assert.deepEqual([sequences, error?.code], [given, "LEDGER_CORRUPT"]);
  });
}

test("a lake of another network, and one that says nothing that can be read, are refused", async (t) => {
  const { source, s3 } = await setUp(t, { lake: { passphrase: "another" } });
  assert.equal((await readSource(source, 1)).error?.code, "NETWORK_MISMATCH");
  const whole = { networkPassphrase: SANDBOX_PASSPHRASE, compression: "zstd", ledgersPerBatch: 1, batchesPerPartition: 8 };
  const manifests: [manifest: unknown, message: RegExp][] = [
    ["{", /is no JSON object/],
    [[], /is no JSON object/],
    [{ ...whole, compression: "gzip" }, /cannot be read: compression gzip/],
    [{ ...whole, ledgersPerBatch: 0 }, /cannot be read: .* 0 ledgers a batch/],
    [{ ...whole, batchesPerPartition: "8" }, /cannot be read/],
    [{ ...whole, batchesPerPartition: 1.5 }, /cannot be read/],
    [{}, /has no networkPassphrase and no compression and no ledgersPerBatch and no batchesPerPartition/],
    ...Object.keys(whole).map((name): [unknown, RegExp] => [{ ...whole, [name]: undefined }, new RegExp(`has no ${name}\\.`)]),
  ];
  for (const [manifest, message] of manifests) {
    const text = typeof manifest === "string" ? manifest : JSON.stringify(manifest);
    s3.objects.set("v1/ledgers/.config.json", Buffer.from(text));
    const { error } = await readSource(source, 1);
    assert.equal(error?.code, "SOURCE_UNAVAILABLE", text);
    assert.match(error.message, message, text);
  }
  s3.objects.clear();
  assert.match((await readSource(source, 1)).error?.message ?? "", /is no data lake: it has no \.config\.json/);
});

test("a bucket that is not there, and one of another region, are named", async (t) => {
  const { s3 } = await setUp(t);
  const read = (bucketPath: string) =>
    readSource(lakeSource(s3Store({ location: s3Location(bucketPath, "us-east-1", s3.url) }), { passphrase: "x" }), 1);
  assert.match(
    (await read("nothing/here")).error?.message ?? "",
    /s3:\/\/nothing\/here\/\.config\.json cannot be read: HTTP status 404 NoSuchBucket/,
  );
  s3.fault = () => ({ status: 301, headers: { "x-amz-bucket-region": "eu-west-1" } });
  assert.match((await read("ledgers/v1")).error?.message ?? "", /the bucket is in the region eu-west-1, not us-east-1/);
});

test("a private bucket is read signed, once it has refused an unsigned request; without credentials it is an error", async (t) => {
  const credentials = { accessKeyId: "AKID", secretAccessKey: "never-told", sessionToken: "session" };
  const signed = await setUp(t, { stub: { private: true }, credentials });
  signed.lake.add(ledgers);
  assert.deepEqual((await readSource(signed.source, 20)).sequences, range(20, 24));
  assert.deepEqual(
    signed.s3.requests.map((request) => request.signed),
    signed.s3.requests.map((_, i) => i > 0),
  );
  const unsigned = await setUp(t, { stub: { private: true } });
  const { error } = await readSource(unsigned.source, 20);
  assert.equal(error?.code, "SOURCE_UNAVAILABLE");
  assert.match(error.message, /S3 refuses anonymous access \(AccessDenied\)/);
});

test("a public bucket is never sent a signature", async (t) => {
  const { lake, source, s3 } = await setUp(t, { credentials: { accessKeyId: "AKID", secretAccessKey: "s" } });
  lake.add(ledgers);
  await readSource(source, 20);
  assert.ok(s3.requests.every((request) => !request.signed));
});
