import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { test } from "node:test";
import { createIndexer } from "../../functions/ingest/indexer/index-ledger.ts";
import { NEWEST_PROTOCOL } from "../../functions/ingest/ledger/protocol.ts";
import { ledgerFrames, peekSequence } from "../../functions/ingest/source/ledger-frames.ts";
import { WalletError } from "../../functions/shared/errors.ts";
import { firstMeta, UNKNOWN_PROTOCOL, withProtocol, withUnknownMeta } from "../fixtures/newer-ledgers.ts";
import { indexBytes, openLedger } from "../fixtures/open-ledger.ts";
import { SANDBOX_PASSPHRASE, sandboxLedgers } from "../fixtures/sandbox-ledgers.ts";
import { readShared, sharedTest } from "../fixtures/shared.ts";

const LEDGERS = sandboxLedgers(6);
const GOOD = LEDGERS[4]!;
const NEWER = withUnknownMeta(withProtocol(GOOD, UNKNOWN_PROTOCOL));

function refusalOf(bytes: Uint8Array): WalletError {
  try {
    openLedger(bytes).close();
  } catch (error) {
    assert.ok(error instanceof WalletError, String(error));
    return error;
  }
  return assert.fail("the ledger was opened");
}

const codeOf = (bytes: Uint8Array): string => refusalOf(bytes).code;

function changed(bytes: Uint8Array, change: (copy: Buffer) => Buffer | void): Buffer {
  const copy = Buffer.from(bytes);
  return change(copy) ?? copy;
}

sharedTest("a ledger of a later protocol names it, and says to update", () => {
  const error = refusalOf(readShared("ledgers/reports/newer-protocol/100.xdr"));
  assert.equal(error.code, "PROTOCOL_UNSUPPORTED");
  assert.match(error.message, /protocol 29, newer than this version knows: update/);
  assert.deepEqual([error.details.protocol, error.details.newestKnown], [29, NEWEST_PROTOCOL]);
});

test("a protocol is believed only from a header that has its own hash", () => {
  assert.equal(codeOf(NEWER), "PROTOCOL_UNSUPPORTED");
  const lied = withUnknownMeta(GOOD);
  const start = startOfHeader(GOOD);
  lied.writeUInt32BE(900, start);
  assert.equal(codeOf(lied), "LEDGER_CORRUPT");
});

test("an arm that is not known, in a ledger of a known protocol, is damage", () => {
  assert.equal(codeOf(withUnknownMeta(GOOD)), "LEDGER_CORRUPT");
});

function startOfHeader(bytes: Uint8Array): number {
  const ledger = openLedger(bytes);
  ledger.close();
  return ledger.headerStart * 4;
}

test("a LedgerCloseMeta of an unknown form is newer when it reads as none that is known", () => {
  const damaged = changed(GOOD, (copy) => void copy.writeUInt32BE(3, 0));
  assert.equal(codeOf(damaged), "LEDGER_CORRUPT", "one word was damaged");
  // A new form: something of its own before the header and at the end.
  const grown = (bytes: Uint8Array): Buffer => {
    const first = startOfHeader(bytes) - 32;
    return Buffer.concat([
      Buffer.from([0, 0, 0, 3]),
      bytes.subarray(4, first),
      Buffer.alloc(12, 7),
      bytes.subarray(first),
      Buffer.alloc(8),
    ]);
  };
  for (const bytes of [grown(GOOD), grown(withProtocol(GOOD, UNKNOWN_PROTOCOL))]) {
    assert.equal(codeOf(bytes), "PROTOCOL_UNSUPPORTED");
    assert.equal(peekSequence(bytes), 5);
  }
  assert.match(refusalOf(grown(withProtocol(GOOD, UNKNOWN_PROTOCOL))).message, /protocol 29, newer than this version knows: update/);
});

test("a header whose own form is new is proven by its hash too", () => {
  const start = startOfHeader(GOOD);
  const end = ((): number => {
    const ledger = openLedger(GOOD);
    ledger.close();
    return ledger.headerEnd * 4;
  })();
  const header = Buffer.concat([GOOD.subarray(start, end - 4), Buffer.from([0, 0, 0, 9]), Buffer.alloc(20, 1)]);
  header.writeUInt32BE(UNKNOWN_PROTOCOL, 0);
  const bytes = Buffer.concat([GOOD.subarray(0, start - 32), hash("sha256", header, "buffer"), header, GOOD.subarray(end)]);
  assert.equal(codeOf(bytes), "PROTOCOL_UNSUPPORTED");
  bytes[start + 200]! ^= 1;
  assert.equal(codeOf(bytes), "LEDGER_CORRUPT");
});

test("no flipped bit of a good ledger looks like a newer protocol", () => {
  for (const bytes of [LEDGERS[0]!, GOOD]) {
    const copy = Buffer.from(bytes);
    let refused = 0;
    for (let bit = 0; bit < Math.min(copy.length, 4_000) * 8; bit += 3) {
      copy[bit >> 3]! ^= 1 << (bit & 7);
      try {
        openLedger(copy).close();
      } catch (error) {
        assert.equal((error as WalletError).code, "LEDGER_CORRUPT", `bit ${bit}`);
        refused++;
      }
      copy[bit >> 3]! ^= 1 << (bit & 7);
    }
    assert.ok(refused > 100, `${refused} refused`);
  }
});

test("a batch with a ledger of a later protocol gives those before it", () => {
  const head = Buffer.alloc(12);
  [4, 5, 2].forEach((word, i) => head.writeUInt32BE(word, i * 4));
  const frames = [...ledgerFrames(Buffer.concat([head, LEDGERS[3]!, NEWER])).frames];
  openLedger(frames[0]!).close();
  assert.equal(codeOf(frames[1]!), "PROTOCOL_UNSUPPORTED");
});

test("rows of a later protocol's ledger say what the indexer knows", () => {
  const newer = withProtocol(GOOD, UNKNOWN_PROTOCOL);
  assert.equal(indexBytes(createIndexer(SANDBOX_PASSPHRASE), newer).header.newerThan, NEWEST_PROTOCOL);
  assert.equal(indexBytes(createIndexer(SANDBOX_PASSPHRASE, UNKNOWN_PROTOCOL), newer).header.newerThan, null);
  assert.equal(indexBytes(createIndexer(SANDBOX_PASSPHRASE), GOOD).header.newerThan, null);
});

const indexError = (bytes: Uint8Array, passphrase = SANDBOX_PASSPHRASE): WalletError => {
  try {
    indexBytes(createIndexer(passphrase), bytes);
  } catch (error) {
    assert.ok(error instanceof WalletError, String(error));
    return error;
  }
  return assert.fail("the ledger was indexed");
};

test("one damaged envelope among good ones is damage; none that fits is another network", () => {
  const ledger = openLedger(GOOD);
  const source = ledger.txSet * 4;
  const end = ledger.txProcessing * 4;
  ledger.close();
  let damaged = 0;
  for (let at = source; at < end; at++) {
    const copy = changed(GOOD, (bytes) => void (bytes[at]! ^= 1));
    try {
      indexBytes(createIndexer(SANDBOX_PASSPHRASE), copy);
    } catch (error) {
      const { code } = error as WalletError;
      assert.notEqual(code, "NETWORK_MISMATCH", `byte ${at}`);
      if (/envelope for \d+ of its/.test((error as WalletError).message)) damaged++;
    }
  }
  assert.ok(damaged > 100, `${damaged} damaged envelopes`);
  assert.equal(indexError(GOOD, "another network").code, "NETWORK_MISMATCH");
});

test("TransactionMeta V0, and V1 before protocol 10, is refused: it lacks changes", () => {
  const withMeta = (protocol: number, ...words: number[]): Uint8Array => {
    const bytes = withProtocol(GOOD, protocol);
    const [start, end] = firstMeta(bytes);
    const meta = Buffer.alloc(words.length * 4);
    words.forEach((word, i) => meta.writeUInt32BE(word, i * 4));
    return Buffer.concat([bytes.subarray(0, start), meta, bytes.subarray(end)]);
  };
  // The arm; changes before (V1); operations: none.
  for (const bytes of [withMeta(26, 0, 0), withMeta(9, 0, 0), withMeta(9, 1, 0, 0)]) {
    const error = indexError(bytes);
    assert.equal(error.code, "LEDGER_INDEX_FAILED");
    assert.match(error.message, /TransactionMeta V[01], which lacks changes/);
  }
  // Nothing is wrong with V1 since protocol 10; this one is empty, which a pool's operation contradicts.
  assert.match(indexError(withMeta(10, 1, 0, 0)).message, /0 liquidity pools change/);
});
