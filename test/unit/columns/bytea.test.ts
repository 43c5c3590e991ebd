import assert from "node:assert/strict";
import { test } from "node:test";
import { byteaArrayOfTexts, byteaArrayText, byteaBytes, byteaHex, byteaText } from "../../../functions/shared/columns/bytea.ts";

const all = Uint8Array.from({ length: 256 }, (_, i) => i);

test("bytes and text are one another's inverse", () => {
  for (const bytes of [new Uint8Array(), Uint8Array.of(0), all]) {
    assert.deepEqual(Uint8Array.from(byteaBytes(byteaText(bytes))), bytes);
    assert.equal(byteaHex(byteaText(bytes)), Buffer.from(bytes).toString("hex"));
  }
  assert.equal(byteaText(Uint8Array.of(0, 171)), "\\x00ab");
});

test("a view into a larger buffer is written alone", () => {
  assert.equal(byteaText(all.subarray(16, 18)), "\\x1011");
});

test("an array is the same from bytes and from texts", () => {
  const elements = [Uint8Array.of(48, 1), Uint8Array.of(16, 255, 0)];
  assert.equal(byteaArrayText(elements), '{"\\\\x3001","\\\\x10ff00"}');
  assert.equal(byteaArrayOfTexts(elements.map(byteaText)), byteaArrayText(elements));
  assert.equal(byteaArrayText([null, elements[0]!]), '{null,"\\\\x3001"}');
  assert.equal(byteaArrayText([]), "{}");
});
