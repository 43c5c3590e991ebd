import assert from "node:assert/strict";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { zstdCompressSync } from "node:zlib";
import { largeLedgers, TEN_TIMES_TODAY, type LargeLedgerSize } from "../../bin/bench/large-ledgers.ts";
import { INGEST_MEMORY, SOURCE_VARIABLES } from "../../functions/ingest/environment.ts";
import { gzipBomb, zstdBomb } from "../fixtures/bombs.ts";
import { shortLivedDatabase } from "../fixtures/database.ts";
import { PUBNET } from "../fixtures/golden-ledgers.ts";
import { ingestInProcess, type IngestOutcome } from "../fixtures/ingest-outcome.ts";
import { readShared, sharedTest } from "../fixtures/shared.ts";
import { startFaultServer } from "../fixtures/stubs/fault-server.ts";
import { lakeWriter } from "../fixtures/stubs/lake.ts";
import { startStubRpc } from "../fixtures/stubs/rpc.ts";
import { startStubS3, type StubS3 } from "../fixtures/stubs/s3.ts";

/** Megabytes that must be left of the default memory: what Lambda's own runtime takes, and ledgers that are less alike. */
const HEADROOM = 64;
/** Two in a row: one is indexed while the other is written. */
const LEDGERS = 2;
/** 64 MB each: a gigabyte and a quarter, more than twice the memory. */
const BOMB_PARTS = 20;

const directory = mkdtempSync(join(tmpdir(), "wallet-large-"));
after(() => rmSync(directory, { recursive: true }));

/** Ingests what the variables name into a database of its own, by the default settings. */
async function ingest(source: Record<string, string>): Promise<IngestOutcome> {
  const { url, drop } = await shortLivedDatabase();
  try {
    return await ingestInProcess({ INGEST_DATABASE_URL: url, NETWORK_PASSPHRASE: PUBNET, START_LEDGER: "1", ...source });
  } finally {
    await drop();
  }
}

function made(size: LargeLedgerSize): Uint8Array[] {
  const samples = ["63092988", "63092990"].map((name) => readShared(`ledgers/pubnet/${name}.xdr.gz`));
  return largeLedgers(samples, PUBNET, size, LEDGERS);
}

function times(size: LargeLedgerSize, factor: number): LargeLedgerSize {
  return { transactions: Math.floor(size.transactions * factor), operations: Math.floor(size.operations * factor) };
}

async function withLake(fill: (s3: StubS3) => void, run: (source: Record<string, string>) => Promise<void>): Promise<void> {
  const s3 = await startStubS3();
  try {
    fill(s3);
    await run({ DATASTORE_BUCKET_PATH: s3.bucket, DATASTORE_ENDPOINT_URL: s3.url });
  } finally {
    await s3.stop();
  }
}

/** What a kind of source is told of ledgers. */
const SOURCES: Record<string, (ledgers: Uint8Array[], run: (source: Record<string, string>) => Promise<void>) => Promise<void>> = {
  async directory(ledgers, run) {
    const folder = mkdtempSync(join(directory, "ledgers-"));
    for (const [i, bytes] of ledgers.entries()) writeFileSync(join(folder, `${i + 1}.xdr.zst`), zstdCompressSync(bytes));
    await run({ LEDGERS: folder });
  },
  lake: (ledgers, run) => withLake((s3) => lakeWriter(s3.objects, { passphrase: PUBNET }).add(ledgers), run),
  async rpc(ledgers, run) {
    const rpc = await startStubRpc({ passphrase: PUBNET, ledgers });
    try {
      await run({ RPC_URL: rpc.url });
    } finally {
      await rpc.stop();
    }
  },
};

for (const [name, serve] of Object.entries(SOURCES)) {
  sharedTest(`ledgers of ten times today's size are ingested within the default memory: ${name}`, async (t) => {
    const ledgers = made(TEN_TIMES_TODAY);
    await serve(ledgers, async (source) => {
      const { error, ledgers: written, peakMegabytes } = await ingest(source);
      t.diagnostic(`${ledgers[0]!.length} bytes a ledger, ${peakMegabytes.toFixed(0)} MB`);
      assert.equal(error, null);
      assert.equal(written, LEDGERS);
      assert.ok(peakMegabytes < INGEST_MEMORY - HEADROOM, `${peakMegabytes} MB`);
    });
  });
}

sharedTest("ledgers just under MAX_LEDGER_MEGABYTES are ingested within the default memory", async (t) => {
  const most = SOURCE_VARIABLES.MAX_LEDGER_MEGABYTES.default * 1024 * 1024;
  const [{ length }] = made(TEN_TIMES_TODAY) as [Uint8Array];
  const ledgers = made(times(TEN_TIMES_TODAY, (most / length) * 0.98));
  assert.ok(ledgers[0]!.length < most && ledgers[0]!.length > most * 0.95, `${ledgers[0]!.length} bytes`);
  await SOURCES.lake!(ledgers, async (source) => {
    const { error, ledgers: written, peakMegabytes } = await ingest(source);
    t.diagnostic(`${ledgers[0]!.length} bytes a ledger, ${peakMegabytes.toFixed(0)} MB`);
    assert.equal(error, null);
    assert.equal(written, LEDGERS);
    assert.ok(peakMegabytes < INGEST_MEMORY, `${peakMegabytes} MB`);
  });
});

/** A gigabyte and more is refused by its code before it takes half of the memory. */
function requireBounded({ error, peakMegabytes }: IngestOutcome, code: string): void {
  assert.equal(error, code);
  assert.ok(peakMegabytes < INGEST_MEMORY / 2 + HEADROOM, `${peakMegabytes} MB`);
}

test("a file that becomes more than a gigabyte is refused with bounded memory, whatever compressed it", async (t) => {
  for (const [extension, bomb] of [
    ["gz", gzipBomb(BOMB_PARTS)],
    ["zst", await zstdBomb(BOMB_PARTS)],
  ] as const) {
    const folder = mkdtempSync(join(directory, "bomb-"));
    writeFileSync(join(folder, `1.xdr.${extension}`), bomb);
    const outcome = await ingest({ LEDGERS: folder });
    t.diagnostic(`${extension}, ${bomb.length} bytes: ${outcome.peakMegabytes.toFixed(0)} MB`);
    requireBounded(outcome, "LEDGER_TOO_LARGE");
  }
});

test("an object of a lake that becomes more than a gigabyte is refused with bounded memory", async (t) => {
  const bomb = await zstdBomb(BOMB_PARTS);
  const fill = ({ objects }: StubS3): void => {
    const writer = lakeWriter(objects, { passphrase: PUBNET });
    objects.set(writer.key(1), bomb);
  };
  await withLake(fill, async (source) => {
    const outcome = await ingest(source);
    t.diagnostic(`${outcome.peakMegabytes.toFixed(0)} MB`);
    requireBounded(outcome, "LEDGER_TOO_LARGE");
  });
});

test("a response of RPC that becomes more than a gigabyte is refused with bounded memory", async (t) => {
  const bomb = gzipBomb(BOMB_PARTS);
  const server = await startFaultServer((_request, body) => {
    const { id, method } = JSON.parse(body.toString()) as { id: number; method: string };
    const result = { passphrase: PUBNET, oldestLedger: 1, latestLedger: 1, status: "healthy" };
    const plain = { status: 200, headers: { "content-type": "application/json" }, body: Buffer.from(JSON.stringify({ id, result })) };
    const packed = { status: 200, headers: { ...plain.headers, "content-encoding": "gzip" }, body: bomb };
    return Promise.resolve({ answer: method === "getLedgers" ? packed : plain, faults: [] });
  });
  try {
    const outcome = await ingest({ RPC_URL: server.url });
    t.diagnostic(`${outcome.peakMegabytes.toFixed(0)} MB`);
    requireBounded(outcome, "LEDGER_TOO_LARGE");
  } finally {
    await server.stop();
  }
});

test("a manifest and a ledger's file without an end are refused with bounded memory", async (t) => {
  for (const [name, code] of [
    [".config.json", "SOURCE_UNAVAILABLE"],
    ["1.xdr", "LEDGER_TOO_LARGE"],
  ] as const) {
    const folder = mkdtempSync(join(directory, "endless-"));
    symlinkSync("/dev/zero", join(folder, name));
    const outcome = await ingest({ LEDGERS: folder });
    t.diagnostic(`${name}: ${outcome.peakMegabytes.toFixed(0)} MB`);
    requireBounded(outcome, code);
  }
});
