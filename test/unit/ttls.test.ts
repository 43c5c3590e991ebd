import assert from "node:assert/strict";
import { test } from "node:test";
import * as xdr from "@stellar/stellar-sdk/xdr";
import { createIndexer } from "../../functions/ingest/indexer/index-ledger.ts";
import type { LedgerRows } from "../../functions/ingest/indexer/rows.ts";
import { contract, created, updated } from "../fixtures/call-ledger.ts";
import { amount, balanceOf, contractChain, entryOf, EUR } from "../fixtures/contract-chain.ts";
import { indexBytes } from "../fixtures/open-ledger.ts";
import { SANDBOX_PASSPHRASE } from "../fixtures/sandbox-ledgers.ts";

const indexer = createIndexer(SANDBOX_PASSPHRASE);

function rowsOf(changes: xdr.LedgerEntryChange[]): LedgerRows {
  return indexBytes(indexer, contractChain(1, [{ changes }])[0]!);
}

const ttl = (keyHash: Uint8Array, liveUntilLedgerSeq: number): xdr.LedgerEntry =>
  entryOf(xdr.LedgerEntryData.ttl(new xdr.TtlEntry({ keyHash, liveUntilLedgerSeq })));

/** A key hash that begins as another does. */
function like(hash: Uint8Array, last: number): Buffer {
  const other = Buffer.from(hash);
  other[31] = last;
  return other;
}

test("TTLs whose hashes begin alike are told apart, in any order", () => {
  for (const first of [Buffer.alloc(32, 0), Buffer.alloc(32, 0xff), Buffer.from("7fffffff".padEnd(64, "0"), "hex")]) {
    const hashes = Array.from({ length: 20 }, (_, i) => like(first, i + 1));
    // Each once, then every second one again.
    const changes = hashes.flatMap((hash, i) => updated(ttl(hash, 1), ttl(hash, 100 + i)));
    changes.push(...hashes.flatMap((hash, i) => (i % 2 === 0 ? updated(ttl(hash, 100 + i), ttl(hash, 200 + i)) : [])));
    const found = rowsOf(changes).ttls.map(({ keyHash, liveUntilLedger }) => `${Buffer.from(keyHash).toString("hex")} ${liveUntilLedger}`);
    const expected = hashes.map((hash, i) => `${hash.toString("hex")} ${(i % 2 === 0 ? 200 : 100) + i}`);
    assert.deepEqual(found.sort(), expected.sort());
  }
});

test("a row has the TTL of its own hash, not of one that begins alike", () => {
  const balance = balanceOf(EUR, contract("holder"));
  const entry = created(balance.entry(amount(1n)));
  const other = like(balance.keyHash, balance.keyHash[31]! ^ 1);
  const liveUntil = (...ttls: xdr.LedgerEntryChange[][]): number | null =>
    rowsOf([...ttls.flat(), ...entry]).sacBalances[0]!.liveUntilLedger;
  assert.equal(liveUntil(created(ttl(other, 7)), created(balance.ttl(8))), 8);
  assert.equal(liveUntil(created(balance.ttl(8)), created(ttl(other, 7))), 8);
  assert.equal(liveUntil(created(ttl(other, 7))), null);
  assert.equal(liveUntil(), null);
});

test("a TTL beyond what the column holds is the highest that it does", () => {
  const hash = Buffer.alloc(32, 5);
  assert.equal(rowsOf(updated(ttl(hash, 1), ttl(hash, 0xffffffff))).ttls[0]!.liveUntilLedger, 0x7fffffff);
});

test("new TTLs are not told by themselves: they come with their entries", () => {
  assert.deepEqual(rowsOf(created(ttl(Buffer.alloc(32, 5), 9))).ttls, []);
});
