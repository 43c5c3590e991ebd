import assert from "node:assert/strict";
import { test } from "node:test";
import { arrayText } from "../../functions/ingest/persist/array-text.ts";

test("numbers, booleans and ids need no quotes", () => {
  assert.equal(arrayText.bigint([-(2n ** 63n), 0n, 2n ** 63n - 1n]), "{-9223372036854775808,0,9223372036854775807}");
  assert.equal(arrayText.integer([1, null, -1]), "{1,null,-1}");
  assert.equal(arrayText.boolean([true, false]), "{true,false}");
  assert.equal(arrayText.numeric(["-0.0000001"]), "{-0.0000001}");
  assert.equal(arrayText.uuid([]), "{}");
});

test("texts are quoted, so that a text that says null stays one", () => {
  assert.equal(arrayText.text(["null", null, ""]), '{"null",null,""}');
  assert.equal(arrayText.text(['a"b\\c', "d,e}"]), '{"a\\"b\\\\c","d,e}"}');
});

test("what a text column cannot hold is replaced", () => {
  assert.equal(arrayText.text(["a\0b", "\ud800"]), '{"a\uFFFDb","\uFFFD"}');
});

test("bytes are quoted hex", () => {
  assert.equal(arrayText.bytea([Uint8Array.of(0, 255), new Uint8Array()]), '{"\\\\x00ff","\\\\x"}');
});
