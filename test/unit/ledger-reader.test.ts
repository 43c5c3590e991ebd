import assert from "node:assert/strict";
import { test } from "node:test";
import { ledgerToJson, type LedgerJson } from "../../bin/inspect/ledger-json.ts";
import { createIndexer } from "../../functions/ingest/indexer/index-ledger.ts";
import { accountAt } from "../../functions/shared/xdr/addresses.ts";
import { LedgerReader } from "../../functions/ingest/ledger/ledger-reader.ts";
import { XdrError } from "../../functions/shared/xdr/words.ts";
import { skipLedgerCloseMeta } from "../../functions/shared/xdr/xdr.generated.ts";
import { PUBNET } from "../fixtures/golden-ledgers.ts";
import { indexBytes } from "../fixtures/open-ledger.ts";
import { SANDBOX_PASSPHRASE, sandboxLedgers } from "../fixtures/sandbox-ledgers.ts";
import { readShared, sharedTest } from "../fixtures/shared.ts";

const ledgers = sandboxLedgers(40);
const [first, second] = ledgers.slice(-2) as [Uint8Array, Uint8Array];

/** The rows of each ledger alone, by a reader and an indexer that met no other. */
function alone(bytes: Uint8Array, passphrase: string): LedgerJson {
  return ledgerToJson(indexBytes(createIndexer(passphrase), bytes));
}

function assertIndependent(one: Uint8Array, other: Uint8Array, passphrase: string): void {
  const reader = new LedgerReader();
  const indexer = createIndexer(passphrase);
  for (const readers of [
    [reader, reader],
    [reader, new LedgerReader()],
  ] as const) {
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      const opened = [readers[0].open(one), readers[1].open(other)];
      const rows: LedgerJson[] = [];
      for (const i of order) {
        rows[i] = ledgerToJson(indexer.index(opened[i]!));
        opened[i]!.close();
      }
      assert.deepEqual(rows, [alone(one, passphrase), alone(other, passphrase)]);
    }
  }
}

test("two ledgers that are open at once give the rows that each gives alone, in either order", () => {
  assertIndependent(first, second, SANDBOX_PASSPHRASE);
});

sharedTest("so do two ledgers with contracts, events and assets", () => {
  assertIndependent(readShared("ledgers/pubnet/63092988.xdr.gz"), readShared("ledgers/pubnet/63092990.xdr.gz"), PUBNET);
});

test("rows outlive their ledger and the use of its buffer for others", () => {
  const reader = new LedgerReader();
  const indexer = createIndexer(SANDBOX_PASSPHRASE);
  const ledger = reader.open(first);
  const rows = indexer.index(ledger);
  ledger.close();
  for (const bytes of ledgers) {
    const other = reader.open(bytes);
    indexer.index(other);
    other.close();
  }
  assert.deepEqual(ledgerToJson(rows), alone(first, SANDBOX_PASSPHRASE));
});

test("an offset into a closed ledger is not read, not even by somebody who kept the words", () => {
  const reader = new LedgerReader();
  const ledger = reader.open(first);
  const { x } = ledger;
  ledger.close();
  ledger.close();
  const other = reader.open(second);
  assert.notEqual(other.x.length, 0);
  assert.throws(() => ledger.x, /ledger 39 is closed/);
  assert.throws(() => createIndexer(SANDBOX_PASSPHRASE).index(ledger), /ledger 39 is closed/);
  assert.deepEqual([x.length, x.ends.length, x[1]], [0, 0, undefined]);
  assert.throws(() => skipLedgerCloseMeta(x, 0), XdrError);
  assert.throws(() => accountAt(x, 2), XdrError);
});

test("a ledger that cannot be opened disturbs none that is open", () => {
  const reader = new LedgerReader();
  const ledger = reader.open(first);
  for (const bytes of [second.subarray(0, second.length - 8), second.subarray(0, 3), new Uint8Array(0)])
    assert.throws(() => reader.open(bytes), { code: "LEDGER_CORRUPT" });
  assert.deepEqual(ledgerToJson(createIndexer(SANDBOX_PASSPHRASE).index(ledger)), alone(first, SANDBOX_PASSPHRASE));
});

test("a reader that has met too many addresses forgets them, but not those of a ledger that is open", () => {
  const reader = new LedgerReader();
  const indexer = createIndexer(SANDBOX_PASSPHRASE);
  const ledger = reader.open(first);
  const { addresses } = ledger.x;
  const key = Buffer.alloc(33, 48);
  for (let i = 0; !addresses.isFull; i++) {
    key.writeUInt32BE(i, 29);
    addresses.fromBytes(key);
  }
  const later = reader.open(second);
  assert.notEqual(later.x.addresses, addresses);
  assert.deepEqual(ledgerToJson(indexer.index(later)), alone(second, SANDBOX_PASSPHRASE));
  assert.deepEqual(ledgerToJson(indexer.index(ledger)), alone(first, SANDBOX_PASSPHRASE));
});
