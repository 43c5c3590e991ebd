import assert from "node:assert/strict";
import { hash as digest } from "node:crypto";
import { test } from "node:test";
import * as xdr from "@stellar/stellar-sdk/xdr";
import { largeLedgers } from "../../bin/bench/large-ledgers.ts";
import { createIndexer } from "../../functions/ingest/indexer/index-ledger.ts";
import { decodeV2 } from "../fixtures/ledger-entries.ts";
import { PUBNET } from "../fixtures/golden-ledgers.ts";
import { indexBytes } from "../fixtures/open-ledger.ts";
import { sandboxLedgers, SANDBOX_PASSPHRASE } from "../fixtures/sandbox-ledgers.ts";
import { readShared, sharedTest } from "../fixtures/shared.ts";

const SIZE = { transactions: 200, operations: 680 };

function sha256(value: { toXdr(): Uint8Array } | Uint8Array): string {
  return digest("sha256", value instanceof Uint8Array ? value : value.toXdr(), "hex");
}

/** Requires a chain of two ledgers with this many transactions, none like another, in which every hash is that of its content. */
function requireTrue(ledgers: readonly Uint8Array[], passphrase: string): void {
  assert.equal(ledgers.length, 2);
  const hashes = new Set<string>();
  let previousHash = "00".repeat(32);
  for (const bytes of ledgers) {
    // The indexer finds each result's envelope by its hash.
    const rows = indexBytes(createIndexer(passphrase), bytes);
    assert.ok(rows.header.hashIsTrue);
    assert.equal(rows.transactions.length, SIZE.transactions);
    for (const { hash } of rows.transactions) hashes.add(Buffer.from(hash).toString("hex"));
    const meta = decodeV2(bytes);
    assert.deepEqual(Buffer.from(xdr.LedgerCloseMeta.v2(meta).toXdr()), Buffer.from(bytes));
    const { header, hash } = meta.ledgerHeader;
    assert.equal(Buffer.from(header.previousLedgerHash.value).toString("hex"), previousHash);
    assert.equal(Buffer.from(header.scpValue.txSetHash.value).toString("hex"), sha256(meta.txSet));
    const results = new xdr.TransactionResultSet({ results: meta.txProcessing.map(({ result }) => result) });
    assert.equal(Buffer.from(header.txSetResultHash.value).toString("hex"), sha256(results));
    previousHash = Buffer.from(hash.value).toString("hex");
  }
  assert.equal(hashes.size, 2 * SIZE.transactions);
}

test("large ledgers of the sandbox's transactions are a chain with true hashes", () => {
  requireTrue(largeLedgers(sandboxLedgers(30), SANDBOX_PASSPHRASE, SIZE, 2), SANDBOX_PASSPHRASE);
});

sharedTest("large ledgers of the public network's transactions have the operations that were asked for", () => {
  const ledgers = largeLedgers(
    ["63092988", "63092990"].map((name) => readShared(`ledgers/pubnet/${name}.xdr.gz`)),
    PUBNET,
    SIZE,
    2,
  );
  requireTrue(ledgers, PUBNET);
  const { operations } = indexBytes(createIndexer(PUBNET), ledgers[0]!);
  assert.ok(operations.length >= SIZE.operations && operations.length < SIZE.operations * 1.2, `${operations.length} operations`);
});

test("of ledgers from before protocol 23 no large ones are made", () => {
  assert.deepEqual(largeLedgers([], SANDBOX_PASSPHRASE, SIZE, 2), []);
});
