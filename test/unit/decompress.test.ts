import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { decompress } from "../../functions/ingest/source/decompress.ts";
import { isTooLong } from "../../functions/ingest/source/ledger-size.ts";

const FIRST = Buffer.alloc(1000, "a");
const SECOND = Buffer.alloc(500, "b");
/** A frame that a reader skips: its magic number, its length, its content (RFC 8878, 3.1.2). */
const SKIPPED = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);

for (const [ending, compress] of [
  ["zst", zstdCompressSync],
  ["gz", gzipSync],
] as const)
  test(`a .${ending} file of several parts, as pzstd or cat write it, is read to its end and no further than the limit`, async () => {
    const file = Buffer.concat([compress(FIRST), compress(SECOND)]);
    const read = (bytes: Uint8Array, limit: number): Promise<Uint8Array> => decompress(`1.xdr.${ending}`, bytes, limit);
    assert.deepEqual(Buffer.from(await read(file, 1500)), Buffer.concat([FIRST, SECOND]));
    assert.deepEqual(Buffer.from(await read(compress(FIRST), 1000)), FIRST);
    for (const limit of [1499, 1000, 999]) await assert.rejects(read(file, limit), isTooLong, `${limit}`);
    await assert.rejects(read(file.subarray(0, -1), 1500), "the second part is cut off");
    await assert.rejects(read(Buffer.alloc(0), 1500), "there is nothing");
  });

test("a frame to be skipped is skipped, and what is none is refused", async () => {
  const file = Buffer.concat([SKIPPED, zstdCompressSync(FIRST), SKIPPED, zstdCompressSync(SECOND)]);
  assert.deepEqual(Buffer.from(await decompress("x.zst", file, 1500)), Buffer.concat([FIRST, SECOND]));
  await assert.rejects(decompress("x.zst", Buffer.concat([zstdCompressSync(FIRST), Buffer.from("garbage")]), 1500));
});
