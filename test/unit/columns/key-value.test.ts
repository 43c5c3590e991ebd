import assert from "node:assert/strict";
import { test } from "node:test";
import { type KeyValue, readKeyValue } from "../../../functions/shared/columns/key-value.ts";

test("null is an object without members", () => {
  assert.deepEqual(readKeyValue(null), {});
});

test("what ingest writes comes back, and empty is not absent", () => {
  const contents: KeyValue[] = [
    {},
    { old: "" },
    { new: "example.org" },
    { old: 'quote " and \\ and é', new: "" },
    { live_until_ledger: 2 ** 31 - 1 },
  ];
  for (const content of contents) assert.deepEqual(readKeyValue(JSON.stringify(content)), content);
});
