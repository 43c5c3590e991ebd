import assert from "node:assert/strict";
import { test } from "node:test";
import { hashPrefixHigh, hashPrefixLow, hashPrefixText } from "../../../functions/shared/columns/hash-prefix.ts";

test("ingest's halves are serve's number, to the extremes", () => {
  const expected: [string, bigint][] = [
    ["0000000000000000", 0n],
    ["7fffffffffffffff", 2n ** 63n - 1n],
    ["8000000000000000", -(2n ** 63n)],
    ["ffffffffffffffff", -1n],
    ["0123456789abcdef", 0x0123456789abcdefn],
  ];
  for (const [first8, prefix] of expected) {
    const hash = first8 + "5a".repeat(24);
    const bytes = Buffer.from(hash, "hex");
    assert.equal(hashPrefixText(hash), String(prefix));
    assert.equal((BigInt(hashPrefixHigh(bytes)) << 32n) | BigInt(hashPrefixLow(bytes) >>> 0), prefix);
  }
});
