import assert from "node:assert/strict";
import { LedgerCloseMeta } from "@stellar/stellar-sdk/xdr";
import { createIndexer } from "../../functions/ingest/indexer/index-ledger.ts";
import { WalletError } from "../../functions/shared/errors.ts";
import { coreLedgers, indexedLedgers, type GoldenLedger } from "../fixtures/golden-ledgers.ts";
import { indexBytes, openLedger } from "../fixtures/open-ledger.ts";
import { hasShared, sharedTest } from "../fixtures/shared.ts";

const SEED = Number(process.env.MUTATION_SEED ?? 20261123);

/** A small seeded generator (mulberry32): the same mutations for the same seed. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A flipped bit, a foreign word, a large count, or a cut. */
function mutate(bytes: Uint8Array, next: () => number): Buffer {
  const copy = Buffer.from(bytes);
  const word = Math.floor(next() * (copy.length / 4)) * 4;
  switch (Math.floor(next() * 4)) {
    case 0:
      copy[Math.floor(next() * copy.length)]! ^= 1 << Math.floor(next() * 8);
      return copy;
    case 1:
      copy.writeUInt32BE(Math.floor(next() * 2 ** 32), word);
      return copy;
    case 2:
      copy.writeUInt32BE(Math.floor(next() * 40), word);
      return copy;
    default:
      return copy.subarray(0, next() < 0.8 ? word : Math.floor(next() * copy.length));
  }
}

/** Ledgers with every kind of operation, small enough to try thousands of times. */
function subjects(): GoldenLedger[] {
  const small = [...indexedLedgers()].filter(({ name }) => name.startsWith("synthetic"));
  let i = 0;
  for (const ledger of coreLedgers()) if (i++ % 400 === 0 && ledger.bytes.length < 60_000) small.push(ledger);
  return small;
}

const ledgers = hasShared ? subjects() : [];

sharedTest(`3,000 mutated ledgers give rows or an error with a code, never another exception (seed ${SEED})`, () => {
  const next = random(SEED);
  const indexers = new Map(ledgers.map(({ passphrase }) => [passphrase, createIndexer(passphrase)]));
  let accepted = 0;
  const codes = new Set<string>();
  for (let i = 0; i < 3000; i++) {
    const subject = ledgers[Math.floor(next() * ledgers.length)]!;
    const mutated = mutate(subject.bytes, next);
    try {
      indexBytes(indexers.get(subject.passphrase)!, mutated);
      accepted++;
    } catch (error) {
      assert.ok(error instanceof WalletError, `mutation ${i} of ${subject.name}: ${String(error)}`);
      codes.add(error.code);
    }
  }
  // Both outcomes must occur, or the mutations test nothing.
  assert.ok(accepted > 300, `${accepted} accepted`);
  assert.ok(codes.has("LEDGER_CORRUPT") && codes.has("NETWORK_MISMATCH"), [...codes].join());
});

sharedTest(`800 mutated ledgers are accepted or refused exactly as the SDK's decoder does (seed ${SEED})`, () => {
  const next = random(SEED + 1);
  let accepted = 0;
  for (let i = 0; i < 800; i++) {
    const subject = ledgers[Math.floor(next() * ledgers.length)]!;
    const mutated = mutate(subject.bytes, next);
    const outcome = (decode: () => unknown): boolean => {
      try {
        decode();
        return true;
      } catch {
        return false;
      }
    };
    const ours = outcome(() => openLedger(mutated));
    const theirs = outcome(() => LedgerCloseMeta.fromXdr(mutated));
    assert.equal(ours, theirs, `mutation ${i} of ${subject.name}`);
    if (ours) accepted++;
  }
  assert.ok(accepted > 100 && accepted < 700, `${accepted} accepted`);
});
