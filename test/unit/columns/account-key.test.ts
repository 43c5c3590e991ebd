import assert from "node:assert/strict";
import { test } from "node:test";
import { accountKeyHigh, accountKeyLow, accountKeyText } from "../../../functions/shared/columns/account-key.ts";
import { decodeStrkey } from "../../../functions/shared/strkey.ts";

function address(first8: string): Uint8Array {
  return Buffer.from(`30${first8}${"ab".repeat(24)}`, "hex");
}

test("ingest's halves are serve's number, to the extremes", () => {
  const expected: [string, bigint][] = [
    ["0000000000000000", 0n],
    ["7fffffffffffffff", 2n ** 63n - 1n],
    ["8000000000000000", -(2n ** 63n)],
    ["ffffffffffffffff", -1n],
    ["00000000ffffffff", 2n ** 32n - 1n],
    ["ffffffff00000000", -(2n ** 32n)],
  ];
  for (const [first8, key] of expected) {
    const bytes = address(first8);
    assert.equal(accountKeyText(bytes), String(key));
    assert.equal((BigInt(accountKeyHigh(bytes)) << 32n) | BigInt(accountKeyLow(bytes) >>> 0), key);
  }
});

test("the version byte does not count: an account and a contract of the same key share it", () => {
  const bytes = decodeStrkey("GAAZI4TCR3TY5OJHCTJC2A4QSY6CJWJH5IAJTGKIN2ER7LBNVKOCCWN7")!;
  const contract = Uint8Array.from(bytes);
  contract[0] = 2 << 3;
  assert.equal(accountKeyText(contract), accountKeyText(bytes));
  assert.equal(accountKeyText(bytes), Buffer.from(bytes).readBigInt64BE(1).toString());
});

test("a view into a larger buffer counts from its own start", () => {
  const whole = Buffer.concat([Buffer.alloc(5, 255), address("0000000000000001")]);
  const view = new Uint8Array(whole.buffer, whole.byteOffset + 5, 33);
  assert.equal(accountKeyText(view), "1");
  assert.deepEqual([accountKeyHigh(view), accountKeyLow(view)], [0, 1]);
});
