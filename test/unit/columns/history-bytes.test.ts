import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { ByteReader, DamagedBytes } from "../../../functions/shared/columns/history/byte-reader.ts";
import { ByteWriter } from "../../../functions/shared/columns/history/byte-writer.ts";

const SEED = Number(process.env.SEED ?? 20_261_128);
const { MAX_SAFE_INTEGER } = Number;

function written(write: (writer: ByteWriter) => void): Buffer {
  const writer = new ByteWriter();
  write(writer);
  return Buffer.from(writer.finish());
}

const reading = (hex: string): ByteReader => new ByteReader(Buffer.from(hex, "hex"));

test("unsigned integers are LEB128, to the extremes", () => {
  const expected: [number, string][] = [
    [0, "00"],
    [127, "7f"],
    [128, "8001"],
    [16_383, "ff7f"],
    [16_384, "808001"],
    [2 ** 31 - 1, "ffffffff07"],
    [2 ** 31, "8080808008"],
    [2 ** 32, "8080808010"],
    [MAX_SAFE_INTEGER, "ffffffffffffff0f"],
  ];
  for (const [value, hex] of expected) {
    assert.equal(written((writer) => writer.uint(value)).toString("hex"), hex);
    const reader = reading(hex);
    assert.equal(reader.uint(), value);
    assert.ok(reader.isAtEnd);
  }
});

test("signed integers are zigzag, to the extremes of an i128 and around the short cut for small ones", () => {
  const expected: [bigint, string][] = [
    [0n, "00"],
    [-1n, "01"],
    [1n, "02"],
    [-64n, "7f"],
    [64n, "8001"],
  ];
  for (const [value, hex] of expected) assert.equal(written((writer) => writer.bigint(value)).toString("hex"), hex);
  const edges = [2n ** 51n, 2n ** 53n, 2n ** 63n, 2n ** 127n, 10n ** 39n].flatMap((edge) => [edge - 1n, edge, edge + 1n]);
  for (const value of [...edges, ...edges.map((edge) => -edge)])
    assert.equal(new ByteReader(written((writer) => writer.bigint(value))).bigint(), value);
});

test("small numbers have the same bytes whether they are written as numbers or as bigints", () => {
  const property = fc.property(fc.integer({ min: 0, max: 2 ** 52 - 1 }), (value) => {
    assert.deepEqual(
      written((writer) => writer.uint(value * 2)),
      written((writer) => writer.bigint(BigInt(value))),
    );
  });
  fc.assert(property, { seed: SEED, numRuns: 500 });
});

test("any values come back in the order in which they were written", () => {
  type Value =
    | [kind: "uint", value: number]
    | [kind: "bigint", value: bigint]
    | [kind: "text", value: string]
    | [kind: "bytes", value: Uint8Array];
  const value: fc.Arbitrary<Value> = fc.oneof(
    fc.maxSafeNat().map((n): Value => ["uint", n]),
    fc.bigInt(-(2n ** 128n), 2n ** 128n).map((n): Value => ["bigint", n]),
    fc.string({ unit: "binary" }).map((text): Value => ["text", text.toWellFormed()]),
    fc.uint8Array({ maxLength: 9_000 }).map((bytes): Value => ["bytes", bytes]),
  );
  const writer = new ByteWriter();
  const property = fc.property(fc.array(value), (values) => {
    writer.reset();
    for (const [kind, given] of values) {
      if (kind === "uint") writer.uint(given);
      else if (kind === "bigint") writer.bigint(given);
      else if (kind === "text") writer.text(given);
      else writer.bytes(given);
    }
    const reader = new ByteReader(Buffer.from(writer.finish()));
    for (const [kind, given] of values) {
      if (kind === "uint") assert.equal(reader.uint(), given);
      else if (kind === "bigint") assert.equal(reader.bigint(), given);
      else if (kind === "text") assert.equal(reader.text(), given);
      else assert.deepEqual(Uint8Array.from(reader.sized()), given);
    }
    assert.ok(reader.isAtEnd);
  });
  fc.assert(property, { seed: SEED, numRuns: 300 });
});

test("integers that are too long, and everything beyond the end, are damage", () => {
  const damaged: ((reader: ByteReader) => unknown)[] = [
    (reader) => reader.uint(),
    (reader) => reader.bigint(),
    (reader) => reader.byte(),
    (reader) => reader.text(),
    (reader) => reader.count(),
  ];
  for (const read of damaged) assert.throws(() => read(reading("")), DamagedBytes);
  for (const read of damaged.filter((_, at) => at !== 2)) assert.throws(() => read(reading("ff".repeat(40))), DamagedBytes);
  // 2^53, and a ninth byte.
  assert.throws(() => reading("8080808080808010").uint(), DamagedBytes);
  assert.throws(() => reading("808080808080808001").uint(), DamagedBytes);
  assert.throws(() => reading("05aabb").sized(), DamagedBytes);
  assert.throws(() => reading("00").raw(2), DamagedBytes);
});

test("a count is refused when the bytes that are left cannot hold so many", () => {
  assert.equal(reading("0211223344").count(2), 2);
  assert.throws(() => reading("0311223344").count(2), DamagedBytes);
  assert.throws(() => reading("ffffffffffffff0f").count(), DamagedBytes);
});
