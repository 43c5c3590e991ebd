import assert from "node:assert/strict";
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { WalletError } from "../../functions/shared/errors.ts";
import { UnopenedLedgerError } from "../../functions/ingest/source/unopened-ledger-error.ts";
import { decompress } from "../../functions/ingest/source/decompress.ts";
import { fileSource, readLedgerFile } from "../../functions/ingest/source/file.ts";
import { ledgerFrames, peekSequence } from "../../functions/ingest/source/ledger-frames.ts";
import { sandboxLedgers } from "../fixtures/sandbox-ledgers.ts";
import { readShared, shared, sharedTest } from "../fixtures/shared.ts";

function directory(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "wallet-files-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function mark(bytes: Uint8Array): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32BE((0x80000000 | bytes.length) >>> 0);
  return Buffer.concat([head, bytes]);
}

function batch(first: number, ledgers: Uint8Array[]): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt32BE(first, 0);
  head.writeUInt32BE(first + ledgers.length - 1, 4);
  head.writeUInt32BE(ledgers.length, 8);
  return Buffer.concat([head, ...ledgers]);
}

function lakeName(first: number, last: number): string {
  const mark = (0xffffffff - first).toString(16).toUpperCase().padStart(8, "0");
  return `${mark}--${first}${last === first ? "" : `-${last}`}`;
}

/** Reads to the end; gives the sequences read and the code and message of the error that ended it. */
async function read(path: string, from: number | null = null): Promise<{ sequences: number[]; code?: string; message?: string }> {
  const sequences: number[] = [];
  try {
    for await (const { ledger } of fileSource(path).open(from, new AbortController().signal, { follow: false }))
      sequences.push(ledger.sequence);
  } catch (error) {
    assert.ok(error instanceof WalletError, String(error));
    return { sequences, code: error.code, message: error.message };
  }
  return { sequences };
}

const ledgers = sandboxLedgers(8); // sequences 1 to 8

test("a bare ledger, a framed stream and a batch give the same ledgers", () => {
  const sequences = (bytes: Uint8Array): number[] => [...ledgerFrames(bytes).frames].map(peekSequence);
  assert.deepEqual(sequences(ledgers[0]!), [1]);
  assert.deepEqual(sequences(Buffer.concat(ledgers.map(mark))), [1, 2, 3, 4, 5, 6, 7, 8]);
  assert.deepEqual(sequences(batch(1, ledgers)), [1, 2, 3, 4, 5, 6, 7, 8]);
  assert.deepEqual(sequences(batch(2, ledgers.slice(1, 2))), [2]);
});

test("a directory of single files is read in the order of its numbers, whatever their compression", async (t) => {
  const path = directory(t);
  writeFileSync(join(path, "8.xdr"), ledgers[7]!);
  writeFileSync(join(path, "007.xdr.gz"), gzipSync(ledgers[6]!));
  writeFileSync(join(path, "06.xdr.zst"), zstdCompressSync(ledgers[5]!));
  writeFileSync(join(path, "readme.txt"), "not a ledger");
  assert.deepEqual(await read(path), { sequences: [6, 7, 8] });
  assert.deepEqual(await read(path, 7), { sequences: [7, 8] });
  assert.equal(await fileSource(path).latest!(), 8);
});

test("a lake with several ledgers a file and partitions is read from the middle of a file", async (t) => {
  const path = directory(t);
  writeFileSync(join(path, ".config.json"), JSON.stringify({ networkPassphrase: "x", ledgersPerBatch: 2, batchesPerPartition: 2 }));
  for (const [partition, last] of [
    [1, 4],
    [5, 8],
  ] as const) {
    const folder = join(path, lakeName(partition, last));
    mkdirSync(folder);
    for (const first of [partition, partition + 2]) {
      writeFileSync(
        join(folder, `${lakeName(first, first + 1)}.xdr.zstd`),
        zstdCompressSync(batch(first, ledgers.slice(first - 1, first + 1))),
      );
    }
  }
  assert.deepEqual(await read(path), { sequences: [1, 2, 3, 4, 5, 6, 7, 8] });
  assert.deepEqual(await read(path, 4), { sequences: [4, 5, 6, 7, 8] });
  assert.equal(await fileSource(path).latest!(), 8);
});

test("a lake of another network is refused", async (t) => {
  const path = directory(t);
  writeFileSync(join(path, ".config.json"), JSON.stringify({ networkPassphrase: "another" }));
  const source = fileSource(path, { passphrase: "mine" });
  await assert.rejects(async () => source.open(null, new AbortController().signal)[Symbol.asyncIterator]().next(), {
    code: "NETWORK_MISMATCH",
  });
});

test("a gap ends the reading before it and names the file, the missing ledger and the next one", async (t) => {
  const path = directory(t);
  for (const n of [1, 2, 4]) writeFileSync(join(path, `${n}.xdr`), ledgers[n - 1]!);
  const result = await read(path);
  assert.deepEqual(result.sequences, [1, 2]);
  assert.equal(result.code, "LEDGER_GAP");
  assert.match(result.message!, /4\.xdr: ledger 3 is missing: the next one is 4/);
});

test("the first ledger asked for must be there", async (t) => {
  const path = directory(t);
  writeFileSync(join(path, "4.xdr"), ledgers[3]!);
  assert.equal((await read(path, 2)).code, "LEDGER_GAP");
});

test("ledgers in the wrong order end the reading before the first wrong one", async (t) => {
  const path = directory(t);
  writeFileSync(join(path, "stream.xdr"), Buffer.concat([ledgers[0]!, ledgers[1]!, ledgers[0]!].map(mark)));
  const result = await read(path);
  assert.deepEqual([result.sequences, result.code], [[1, 2], "LEDGER_GAP"]);
});

test("a truncated stream gives the whole ledgers and then names file and ledger", async (t) => {
  const path = directory(t);
  const stream = Buffer.concat(ledgers.slice(0, 3).map(mark));
  writeFileSync(join(path, "stream.xdr"), stream.subarray(0, stream.length - 8));
  const result = await read(path);
  assert.deepEqual([result.sequences, result.code], [[1, 2], "LEDGER_CORRUPT"]);
  assert.match(result.message!, /stream\.xdr, ledger 3: .*truncated record/);
});

test("a truncated batch gives the whole ledgers and then names file and ledger", async (t) => {
  const path = directory(t);
  const whole = batch(1, ledgers);
  // Within the fourth ledger, and within a word.
  const end = 12 + ledgers[0]!.length + ledgers[1]!.length + ledgers[2]!.length + 401;
  writeFileSync(join(path, "batch.xdr"), whole.subarray(0, end));
  const result = await read(path);
  assert.deepEqual(result.sequences, [1, 2, 3]);
  assert.equal(result.code, "LEDGER_CORRUPT");
  assert.match(result.message!, /batch\.xdr, ledger 4: /);
});

test("a damaged ledger within a batch ends the reading with its bytes, from its beginning to the end of the batch", async (t) => {
  const path = directory(t);
  const broken = ledgers.slice(0, 3).map((bytes, i) => (i === 1 ? bytes.map((byte, at) => (at > 500 ? byte ^ 0x55 : byte)) : bytes));
  const whole = batch(1, broken);
  writeFileSync(join(path, "batch.xdr"), whole);
  const reading = fileSource(path).open(null, new AbortController().signal, { follow: false })[Symbol.asyncIterator]();
  assert.equal((await reading.next()).value!.ledger.sequence, 1);
  await assert.rejects(reading.next(), (error) => {
    assert.ok(error instanceof UnopenedLedgerError);
    assert.deepEqual([error.sequence, Buffer.compare(error.bytes, whole.subarray(12 + ledgers[0]!.length))], [2, 0]);
    return true;
  });
});

test("damaged compression is unreadable and names file and ledger", async (t) => {
  const path = directory(t);
  const good = zstdCompressSync(ledgers[1]!);
  writeFileSync(join(path, "1.xdr"), ledgers[0]!);
  writeFileSync(join(path, "2.xdr.zst"), good.subarray(0, good.length - 6));
  const result = await read(path);
  assert.deepEqual([result.sequences, result.code], [[1], "LEDGER_UNREADABLE"]);
  assert.match(result.message!, /2\.xdr\.zst, ledger 2 cannot be read/);
});

test("a lake file that holds another ledger than its name promises is corrupt", async (t) => {
  const path = directory(t);
  writeFileSync(join(path, ".config.json"), "{}");
  writeFileSync(join(path, `${lakeName(1, 1)}.xdr.zst`), zstdCompressSync(batch(1, [ledgers[0]!])));
  writeFileSync(join(path, `${lakeName(2, 2)}.xdr.zst`), zstdCompressSync(batch(3, [ledgers[2]!])));
  const result = await read(path);
  assert.deepEqual([result.sequences, result.code], [[1], "LEDGER_CORRUPT"]);
});

test("decompression stops at its bound", async () => {
  await assert.rejects(decompress("a.xdr.zst", zstdCompressSync(Buffer.alloc(100_000)), 50_000));
  await assert.rejects(decompress("a.xdr.gz", gzipSync(Buffer.alloc(100_000)), 50_000));
});

test("a missing directory is an unavailable source", async () => {
  assert.equal((await read("/nonexistent/ledgers")).code, "SOURCE_UNAVAILABLE");
});

test("the source waits at the end for the next file and stops when it is told to", async (t) => {
  const path = directory(t);
  writeFileSync(join(path, "1.xdr"), ledgers[0]!);
  const stop = new AbortController();
  const seen: number[] = [];
  for await (const { ledger } of fileSource(path, { pollMilliseconds: 5 }).open(null, stop.signal)) {
    seen.push(ledger.sequence);
    if (ledger.sequence < 3) writeFileSync(join(path, `${ledger.sequence + 1}.xdr`), ledgers[ledger.sequence]!);
    else setTimeout(() => stop.abort(), 20);
  }
  assert.deepEqual(seen, [1, 2, 3]);
});

sharedTest("the chain in the lake's layout is read from its first to its last ledger", async () => {
  const { sequences } = await read(shared("ledgers/chain"));
  assert.deepEqual([sequences.length, sequences[0], sequences.at(-1)], [48, 64001024, 64001071]);
  assert.equal(await fileSource(shared("ledgers/chain")).latest!(), 64001071);
});

sharedTest("real ledgers of all versions open from their files", async () => {
  const found: number[] = [];
  for (const sequence of [51000294, 57500008, 63092988, 63092990]) {
    for await (const { ledger } of readLedgerFile(shared(`ledgers/pubnet/${sequence}.xdr.gz`))) found.push(ledger.sequence);
  }
  assert.deepEqual(found, [51000294, 57500008, 63092988, 63092990]);
});

sharedTest("the sequence is found in ledgers of meta version 0, 1 and 2", () => {
  const archive = readShared("ledgers/core/TxResultsTests.ledgers.zst");
  const newline = archive.indexOf(10);
  const entries: { offset: number; length: number }[] = JSON.parse(archive.subarray(0, newline).toString());
  for (const { offset, length } of entries) {
    const start = newline + 1 + offset;
    const sequences = [...ledgerFrames(archive.subarray(start, start + length)).frames].map(peekSequence);
    assert.deepEqual(
      sequences,
      sequences.map((_, i) => i + 2),
    );
  }
});

test("a path that cannot be opened is a matter of the path, not of its bytes", async (t) => {
  const path = directory(t);
  for (const file of [path, join(path, "nowhere.xdr")])
    await assert.rejects(readLedgerFile(file).next(), { code: "LEDGER_UNREADABLE", message: /Check the path and who may read it\.$/ });
});
