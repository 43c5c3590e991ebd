import assert from "node:assert/strict";
import { test } from "node:test";
import { StrKey } from "@stellar/stellar-sdk";
import { accountOf } from "../../functions/serve/values/addresses.ts";

const key = Buffer.from(Array.from({ length: 32 }, (_, at) => at * 7 + 1));
const account = StrKey.encodeEd25519PublicKey(key);

test("a muxed address stands for its account, whatever its id", () => {
  for (const id of [0n, 1n, 2n ** 63n, 2n ** 64n - 1n]) {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(id);
    const found = accountOf(StrKey.encodeMed25519PublicKey(Buffer.concat([key, bytes])));
    assert.deepEqual(found, accountOf(account));
    assert.equal(found?.text, account);
  }
});

test("what is no address of an account or a contract is none, also in the length of a muxed one", () => {
  const muxed = StrKey.encodeMed25519PublicKey(Buffer.concat([key, Buffer.alloc(8)]));
  // A payload of 5 bytes makes a signed payload as long as no account; 69 characters are 43 bytes, which no other kind has.
  const signed = StrKey.encodeSignedPayload(Buffer.concat([key, Buffer.of(0, 0, 0, 4), Buffer.alloc(4)]));
  for (const text of [
    muxed.toLowerCase(),
    muxed.slice(0, -1),
    `${muxed}A`,
    `${muxed.slice(0, -1)}${muxed.endsWith("A") ? "B" : "A"}`,
    signed.slice(0, 69),
    signed,
    StrKey.encodeSha256Hash(key),
    StrKey.encodePreAuthTx(key),
    "",
  ])
    assert.equal(accountOf(text), null, text);
});
