import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { AccountKeyMaker } from "../../../functions/shared/columns/account-key.ts";
import { decodeStrkey } from "../../../functions/shared/strkey.ts";

const secret = Uint8Array.from({ length: 32 }, (_, i) => i);
const keys = new AccountKeyMaker(secret);
const ACCOUNT = "GAAZI4TCR3TY5OJHCTJC2A4QSY6CJWJH5IAJTGKIN2ER7LBNVKOCCWN7";

/** The definition, spelled out. */
function expected(address: Uint8Array): bigint {
  return createHash("sha256").update(secret).update(address).digest().readBigInt64BE(0);
}

function whole({ high, low }: { high: number; low: number }): bigint {
  return (BigInt(high) << 32n) | BigInt(low >>> 0);
}

test("the keys of known addresses under a known secret", () => {
  assert.equal(keys.text(decodeStrkey(ACCOUNT)!), "-4183350133447766457");
  assert.equal(keys.text(decodeStrkey("CCW67TSZV3SSS2HXMBQ5JFGCKJNXKZM7UQUWUZPUTHXSTZLEO7SJMI75")!), "-3244316463319186352");
});

test("ingest's halves are serve's number, for positive and negative keys and every length of address", () => {
  const signs = new Set<boolean>();
  for (let n = 0; n < 200; n++) {
    const address = Buffer.alloc(1 + (n % 101), n);
    const key = expected(address);
    signs.add(key < 0n);
    assert.equal(keys.text(address), String(key));
    assert.equal(whole(keys.halves(address)), key);
  }
  assert.equal(signs.size, 2);
});

test("a shorter address is not mixed with what was hashed before", () => {
  const short = Buffer.alloc(33, 7);
  const before = keys.text(short);
  keys.text(Buffer.alloc(101, 255));
  assert.equal(keys.text(short), before);
});

test("version byte, last byte and secret all count", () => {
  const account = decodeStrkey(ACCOUNT)!;
  const contract = Uint8Array.from(account);
  contract[0] = 2 << 3;
  const neighbour = Uint8Array.from(account);
  neighbour[32]! ^= 1;
  const other = new AccountKeyMaker(Buffer.alloc(32, 9));
  const texts = [keys.text(account), keys.text(contract), keys.text(neighbour), other.text(account)];
  assert.equal(new Set(texts).size, texts.length);
});

test("a view into a larger buffer counts from its own start", () => {
  const account = decodeStrkey(ACCOUNT)!;
  const buffer = Buffer.concat([Buffer.alloc(5, 255), account]);
  assert.equal(keys.text(new Uint8Array(buffer.buffer, buffer.byteOffset + 5, account.length)), keys.text(account));
});
