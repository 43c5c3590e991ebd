import assert from "node:assert/strict";
import { test } from "node:test";
import * as xdr from "@stellar/stellar-sdk/xdr";
import { Envelope } from "../../functions/serve/nodes/envelope.ts";
import type { MemoNode } from "../../functions/serve/nodes/memo.ts";
import { readMemoFilter } from "../../functions/serve/resolvers/memo-filter.ts";

const KEY = Buffer.alloc(32, 1);
const source = xdr.MuxedAccount.keyTypeEd25519(KEY);
const muxedSource = xdr.MuxedAccount.keyTypeMuxedEd25519(new xdr.MuxedAccountMed25519({ id: 2n ** 64n - 1n, ed25519: KEY }));
const timeBounds = new xdr.TimeBounds({ minTime: 1n, maxTime: 2n ** 64n - 1n });
const conditions = new xdr.PreconditionsV2({
  timeBounds,
  ledgerBounds: new xdr.LedgerBounds({ minLedger: 1, maxLedger: 0 }),
  minSeqNum: 1n,
  minSeqAge: 2n,
  minSeqLedgerGap: 3,
  extraSigners: [
    xdr.SignerKey.signerKeyTypeEd25519SignedPayload(new xdr.SignerKeyEd25519SignedPayload({ ed25519: KEY, payload: Buffer.alloc(29, 4) })),
  ],
});

/** Everything that may stand before a memo, each in the envelope that can have it. */
function memosOf(memo: xdr.Memo): MemoNode[] {
  const operations: xdr.Operation[] = [];
  const old = { fee: 100, seqNum: 1n, memo, operations, sourceAccountEd25519: KEY };
  const v0 = [null, timeBounds].map((bounds) => new xdr.TransactionV0({ ...old, timeBounds: bounds, ext: xdr.TransactionV0Ext.v0() }));
  const v1 = [source, muxedSource].flatMap((sourceAccount) =>
    [xdr.Preconditions.precondNone(), xdr.Preconditions.precondTime(timeBounds), xdr.Preconditions.precondV2(conditions)].map(
      (cond) => new xdr.Transaction({ fee: 100, seqNum: 1n, memo, operations, sourceAccount, cond, ext: xdr.TransactionExt.v0() }),
    ),
  );
  const parts = { feeBumpXdr: null, signatures: null, feeBumpSignatures: null };
  return [
    ...v0.map((transaction) => ({ ...parts, envelopeType: "v0" as const, transactionXdr: Buffer.from(transaction.toXdr()) })),
    ...v1.map((transaction) => ({ ...parts, envelopeType: "v1" as const, transactionXdr: Buffer.from(transaction.toXdr()) })),
  ].map((envelope) => new Envelope(envelope).memo);
}

function assertMemo(memo: xdr.Memo, type: string, text: string | null, bytes: Buffer | null): void {
  const found = memosOf(memo);
  assert.equal(found.length, 8);
  for (const each of found) {
    assert.deepEqual([each.type, each.text, each.base64], [type, text, bytes?.toString("base64") ?? null]);
    assert.deepEqual(each.bytes, bytes);
  }
}

test("no memo has neither text nor bytes", () => {
  assertMemo(xdr.Memo.memoNone(), "NONE", null, null);
});

test("a text memo is shown as it is: empty, of the full length, with a byte order mark, NUL or emoji", () => {
  for (const text of ["", "x".repeat(28), "\uFEFFmark", "a\0b", "Grüße 👋", '"\\\n'])
    assertMemo(xdr.Memo.memoText(text), "TEXT", text, Buffer.from(text));
});

test("bytes that are no UTF-8 are a text memo without a text", () => {
  // Alone, cut short, a surrogate, an overlong slash, beyond the last code point.
  for (const hex of ["ff", "e282", "eda080", "c0af", "f4908080", "61ff62"]) {
    const bytes = Buffer.from(hex, "hex");
    assertMemo(xdr.Memo.memoText(bytes), "TEXT", null, bytes);
  }
});

test("an id is unsigned and decimal, its bytes big-endian", () => {
  for (const id of [0n, 1n, 2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n]) {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(id);
    assertMemo(xdr.Memo.memoId(id), "ID", id.toString(), bytes);
  }
});

test("a hash and a return hash are hex digits", () => {
  const hash = Buffer.from(Array.from({ length: 32 }, (_, at) => 255 - at));
  assertMemo(xdr.Memo.memoHash(hash), "HASH", hash.toString("hex"), hash);
  assertMemo(xdr.Memo.memoReturn(hash), "RETURN", hash.toString("hex"), hash);
});

test("a memo is found by its text, digits, hex or base64, whatever its type, and by nothing else", () => {
  const hash = Buffer.from(Array.from({ length: 32 }, (_, at) => at * 8));
  const memos = {
    none: xdr.Memo.memoNone(),
    empty: xdr.Memo.memoText(""),
    digits: xdr.Memo.memoText("123"),
    id: xdr.Memo.memoId(123n),
    zero: xdr.Memo.memoId(0n),
    largest: xdr.Memo.memoId(2n ** 64n - 1n),
    emoji: xdr.Memo.memoText("👋"),
    broken: xdr.Memo.memoText(Buffer.of(0xff)),
    // What these four letters are the base64 of.
    bytes: xdr.Memo.memoText(Buffer.from("cafe", "base64")),
    cafe: xdr.Memo.memoText("cafe"),
    hash: xdr.Memo.memoHash(hash),
    return: xdr.Memo.memoReturn(hash),
  };
  const found = (value: string): string[] => {
    const isWanted = readMemoFilter(value);
    if (isWanted === "nothing") return [];
    return Object.entries(memos).flatMap(([name, memo]) => (memosOf(memo).every(isWanted) ? [name] : []));
  };
  assert.deepEqual(found(""), ["empty"]);
  assert.deepEqual(found("123"), ["digits", "id"]);
  assert.deepEqual(found("0"), ["zero"]);
  assert.deepEqual(found("18446744073709551615"), ["largest"]);
  assert.deepEqual(found("👋"), ["emoji"]);
  assert.deepEqual(found("cafe"), ["cafe"]);
  for (const value of [hash.toString("hex"), hash.toString("hex").toUpperCase(), hash.toString("base64")])
    assert.deepEqual(found(value), ["hash", "return"]);
  for (const value of ["0123", "+123", "123 ", "\uFFFD", "99999999999999999999", hash.toString("hex").slice(1), "x".repeat(29)])
    assert.deepEqual(found(value), [], value);
});
