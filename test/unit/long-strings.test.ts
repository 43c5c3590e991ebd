import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { decodeBase64, isLongString, parseWithLongStrings } from "../../functions/ingest/source/long-strings.ts";

/** The value as `JSON.parse` gives it, long strings put back. */
function parsed(text: string): unknown {
  const body = Buffer.from(text);
  const restore = (value: unknown): unknown => {
    if (isLongString(value, body.length)) return JSON.parse(`"${body.toString("utf8", ...value.longString)}"`);
    if (Array.isArray(value)) return value.map(restore);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, restore(member)]));
  };
  return restore(parseWithLongStrings(body));
}

test("any JSON is read as JSON.parse reads it, with long strings left in the text", () => {
  const long = fc.tuple(fc.string({ unit: "binary" }), fc.nat(3)).map(([text, n]) => `${text}\\"\\\\`.repeat(n * 900 + 1));
  const value = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      long,
      fc.string(),
      fc.double({ noNaN: true }),
      fc.constant(null),
      fc.array(tie("value")),
      fc.dictionary(fc.string(), tie("value")),
    ),
  })).value;
  fc.assert(
    fc.property(value, (any) => {
      const text = JSON.stringify(any);
      assert.deepEqual(parsed(text), JSON.parse(text));
    }),
    { numRuns: 200, seed: 7 },
  );
});

test("megabytes of base64 are left in the text and decoded from there", () => {
  const bytes = Buffer.from(Array.from({ length: 300_001 }, (_, i) => (i * 31) & 255));
  const body = Buffer.from(JSON.stringify({ a: "é", metadataXdr: bytes.toString("base64"), b: 1 }));
  const { metadataXdr, ...rest } = parseWithLongStrings(body) as { metadataXdr: unknown };
  assert.deepEqual(rest, { a: "é", b: 1 });
  assert.ok(isLongString(metadataXdr, body.length));
  assert.ok(decodeBase64(body, metadataXdr).equals(bytes));
});

test("what is no JSON is a syntax error, also when it ends within a long string", () => {
  for (const text of ["", "<html>", '{"a":', `{"a":"${"x".repeat(10_000)}`, `"${"x".repeat(10_000)}\\"`]) {
    assert.throws(() => parseWithLongStrings(Buffer.from(text)), SyntaxError);
  }
});

test("positions outside of the text are no long string", () => {
  for (const longString of [[-1, 2], [0, 11], [5, 4], [0.5, 2], ["0", 2], [0], null]) assert.equal(isLongString({ longString }, 10), false);
});
