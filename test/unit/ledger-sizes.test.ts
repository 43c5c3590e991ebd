import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { LedgerReader } from "../../functions/ingest/ledger/ledger-reader.ts";
import { fileSource } from "../../functions/ingest/source/file.ts";
import { lakeSource } from "../../functions/ingest/source/lake.ts";
import type { LedgerSource } from "../../functions/ingest/source/ledger-source.ts";
import { parseWithLongStrings } from "../../functions/ingest/source/long-strings.ts";
import { rpcSource } from "../../functions/ingest/source/rpc.ts";
import type { ObjectStore } from "../../functions/ingest/source/s3-store.ts";
import { WalletError } from "../../functions/shared/errors.ts";
import { sandboxLedgers, SANDBOX_PASSPHRASE } from "../fixtures/sandbox-ledgers.ts";
import { lakeWriter } from "../fixtures/stubs/lake.ts";
import { startFaultServer } from "../fixtures/stubs/fault-server.ts";

const MEGABYTE = 1024 * 1024;
const [LEDGER] = sandboxLedgers(1) as [Uint8Array];
/** 32 MB of nothing in a few kilobytes. */
const BOMB = Buffer.alloc(32 * MEGABYTE);

/** The first ledger of a source; it is closed. */
async function first(source: LedgerSource): Promise<number | null> {
  for await (const { ledger } of source.open(1, new AbortController().signal, { follow: false })) {
    ledger.close();
    return ledger.sequence;
  }
  return null;
}

async function refusalOf(source: LedgerSource): Promise<WalletError> {
  const error = await first(source).then(
    () => assert.fail("the ledger was given"),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof WalletError, String(error));
  assert.equal(error.code, "LEDGER_TOO_LARGE", error.message);
  assert.match(error.message, /MAX_LEDGER_MEGABYTES/);
  return error;
}

/** A lake of one object, without HTTP. */
function storeOf(objects: Map<string, Uint8Array>): ObjectStore {
  return {
    name: "s3://lake",
    get: (key) => Promise.resolve(objects.has(key) ? Buffer.from(objects.get(key)!) : null),
    list: (after) => Promise.resolve([...objects.keys()].filter((key) => key > after).sort()),
  };
}

function lakeWith(object: Uint8Array | null): { store: ObjectStore } {
  const objects = new Map<string, Uint8Array>();
  const writer = lakeWriter(objects, { passphrase: SANDBOX_PASSPHRASE });
  writer.add([LEDGER]);
  if (object) objects.set(writer.key(1), object);
  return { store: storeOf(objects) };
}

for (const [name, bytes] of [
  ["1.xdr", BOMB],
  ["1.xdr.gz", gzipSync(BOMB)],
  ["1.xdr.zst", zstdCompressSync(BOMB)],
] as const) {
  test(`a file that is or becomes too large is refused at the limit: ${name}`, async () => {
    const directory = mkdtempSync(join(tmpdir(), "wallet-sizes-"));
    try {
      writeFileSync(join(directory, name), bytes);
      const { details } = await refusalOf(fileSource(directory, { reader: new LedgerReader(MEGABYTE) }));
      assert.equal(details.limit, 4 * MEGABYTE);
      assert.equal(details.bytes, name === "1.xdr" ? BOMB.length : null);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
}

test("a lake's object that becomes too large is refused at the limit", async () => {
  const { store } = lakeWith(zstdCompressSync(BOMB));
  const { details } = await refusalOf(lakeSource(store, { passphrase: SANDBOX_PASSPHRASE, reader: new LedgerReader(MEGABYTE) }));
  assert.deepEqual(details, { ledger: 1, bytes: null, limit: MEGABYTE });
});

test("a ledger of exactly the limit is read, and one of a byte more is refused, from a file and from a lake", async () => {
  const directory = mkdtempSync(join(tmpdir(), "wallet-sizes-"));
  try {
    writeFileSync(join(directory, "1.xdr.gz"), gzipSync(LEDGER));
    for (const sourceOf of [
      (reader: LedgerReader) => fileSource(directory, { reader }),
      // A batch of one ledger has a head of 12 bytes.
      (reader: LedgerReader) => lakeSource(lakeWith(zstdCompressSync(LEDGER)).store, { passphrase: SANDBOX_PASSPHRASE, reader }),
    ]) {
      assert.equal(await first(sourceOf(new LedgerReader(LEDGER.length))), 1);
      await refusalOf(sourceOf(new LedgerReader(LEDGER.length - 1)));
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});

/** An RPC server that gives the ledger with so many ledgers a page as it is asked for, in so many bytes each. */
async function rpcOf(paddingBytes: number): Promise<{ url: string; asked: number[]; stop: () => Promise<void> }> {
  const asked: number[] = [];
  const server = await startFaultServer((_request, body) => {
    const { id, method, params } = JSON.parse(body.toString()) as {
      id: number;
      method: string;
      params: { pagination?: { limit: number } };
    };
    const range = { oldestLedger: 1, latestLedger: 1, status: "healthy" };
    const results: Record<string, () => object> = {
      getNetwork: () => ({ passphrase: SANDBOX_PASSPHRASE }),
      getHealth: () => range,
      getLedgers: () => {
        const limit = params.pagination!.limit;
        asked.push(limit);
        const padding = "A".repeat(paddingBytes * limit);
        return { ...range, ledgers: [{ sequence: 1, metadataXdr: Buffer.from(LEDGER).toString("base64") }], padding };
      },
    };
    const answer = Buffer.from(JSON.stringify({ jsonrpc: "2.0", id, result: results[method]!() }));
    return Promise.resolve({ answer: { status: 200, headers: { "content-type": "application/json" }, body: answer }, faults: [] });
  });
  return { url: server.url, asked, stop: () => server.stop() };
}

test("a page of ledgers that is too long is asked for with fewer, and a single ledger that is too long is refused", async () => {
  const source = (url: string): LedgerSource => rpcSource({ url, passphrase: SANDBOX_PASSPHRASE, reader: new LedgerReader(MEGABYTE) });
  const wide = await rpcOf(MEGABYTE);
  const endless = await rpcOf(4 * MEGABYTE);
  try {
    assert.equal(await first(source(wide.url)), 1);
    assert.deepEqual(wide.asked, [5, 3, 2]);
    const { details } = await refusalOf(source(endless.url));
    assert.equal(details.ledger, 1);
    assert.deepEqual(endless.asked, [5, 3, 2, 1]);
  } finally {
    await Promise.all([wide.stop(), endless.stop()]);
  }
});

test("JSON of nothing but structure is refused before it fills the memory", () => {
  assert.throws(() => parseWithLongStrings(Buffer.from(`[${"[],".repeat(2 * MEGABYTE)}[]]`)), /beside long strings/);
});
