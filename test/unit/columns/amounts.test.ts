import assert from "node:assert/strict";
import { test } from "node:test";
import { decimalAmount, sevenDecimals } from "../../../functions/shared/columns/amounts.ts";

const EXPECTED: [bigint, string][] = [
  [0n, "0.0000000"],
  [1n, "0.0000001"],
  [-1n, "-0.0000001"],
  [9_999_999n, "0.9999999"],
  [10_000_000n, "1.0000000"],
  [-10_000_000n, "-1.0000000"],
  [12_345_678_901n, "1234.5678901"],
  // int64 and int128.
  [2n ** 63n - 1n, "922337203685.4775807"],
  [-(2n ** 63n), "-922337203685.4775808"],
  [2n ** 127n - 1n, "17014118346046923173168730371588.4105727"],
  [-(2n ** 127n), "-17014118346046923173168730371588.4105728"],
];

test("the smallest unit becomes whole units with seven decimals, from an integer and from its text", () => {
  for (const [units, text] of EXPECTED) {
    assert.equal(sevenDecimals(units), text);
    assert.equal(decimalAmount(String(units)), text);
  }
});

test("no digit is lost", () => {
  for (const [units] of EXPECTED) assert.equal(BigInt(sevenDecimals(units).replace(".", "")), units);
});
