import assert from "node:assert/strict";
import { test } from "node:test";
import { AccountFlag, accountFlags, TrustlineEntryFlag, TrustlineFlag, trustlineFlags } from "../../../functions/shared/columns/flags.ts";

function namesOf(bits: number, flags: Readonly<Record<string, number>>): string[] {
  return Object.keys(flags).filter((name) => (bits & flags[name]!) !== 0);
}

test("every flag of the protocol is told by its name", () => {
  const account = [1, 2, 4, 8].map((xdr) => namesOf(accountFlags(xdr), AccountFlag));
  assert.deepEqual(account, [["AUTH_REQUIRED"], ["AUTH_REVOCABLE"], ["AUTH_IMMUTABLE"], ["AUTH_CLAWBACK_ENABLED"]]);
  for (const [name, xdr] of Object.entries(TrustlineEntryFlag)) assert.deepEqual(namesOf(trustlineFlags(xdr), TrustlineFlag), [name]);
});

test("all and none", () => {
  assert.equal(accountFlags(0), 0);
  assert.equal(trustlineFlags(0), 0);
  assert.deepEqual(namesOf(accountFlags(15), AccountFlag), Object.keys(AccountFlag));
  assert.deepEqual(namesOf(trustlineFlags(7), TrustlineFlag), Object.keys(TrustlineFlag));
});

test("unknown bits of the protocol are left out", () => {
  assert.equal(accountFlags(0xffff_fff0 | 0), 0);
  assert.equal(trustlineFlags(0xffff_fff8 | 0), 0);
});

test("no two flags share a bit, and all fit into a smallint", () => {
  const bits = [...Object.values(AccountFlag), ...Object.values(TrustlineFlag)];
  assert.equal(new Set(bits).size, bits.length);
  for (const bit of bits) assert.ok(bit > 0 && bit < 2 ** 15 && (bit & (bit - 1)) === 0);
});
