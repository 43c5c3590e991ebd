import assert from "node:assert/strict";
import * as xdr from "@stellar/stellar-sdk/xdr";
import { createIndexer, type Indexer } from "../../functions/ingest/indexer/index-ledger.ts";
import { fileSource } from "../../functions/ingest/source/file.ts";
import { isToldByEvents } from "../../functions/shared/columns/history/payload-format.ts";
import { operationToid } from "../../functions/shared/columns/toid.ts";
import { coreLedgers, indexedLedgers, multisetDifference, PUBNET } from "../fixtures/golden-ledgers.ts";
import { indexBytes } from "../fixtures/open-ledger.ts";
import { shared, sharedTest } from "../fixtures/shared.ts";
import { toldBy } from "./token-event-witness.ts";
import { type Side, sidesOf } from "./unified-events.ts";

/** Who was on the other side of a movement has a second witness: the events of the same operation. */

interface Tally {
  operations: number;
  sides: number;
  /** Operations without events, whose rows nothing confirms. */
  silent: number;
  parties: Set<string>;
}

const indexers = new Map<string, Indexer>();

function compare(name: string, bytes: Uint8Array, passphrase: string, tally: Tally): void {
  let indexer = indexers.get(passphrase);
  if (!indexer) indexers.set(passphrase, (indexer = createIndexer(passphrase)));
  const ours = new Map<number, Side[]>();
  for (const row of indexBytes(indexer, bytes).stateChanges) {
    const { category, operation, reason, account, tokenId, amount, counterparty } = row;
    if (category !== "BALANCE") continue;
    if (operation === 0) {
      assert.equal(counterparty, null, `${name}: a fee has a counterparty`);
      continue;
    }
    const side: Side = {
      // What a token's contract mints and burns is the holder's; of assets it is the issuer's.
      direction: reason === "DEBIT" || reason === (isToldByEvents(row) ? "BURN" : "MINT") ? "out" : "in",
      account: account.text,
      counterparty: counterparty?.text ?? null,
      token: tokenId!.text,
      amount: amount!,
    };
    ours.set(operation, [...(ours.get(operation) ?? []), side]);
  }
  const meta = xdr.LedgerCloseMeta.fromXdr(bytes);
  const { txProcessing } = meta.type === "v2" ? meta.v2 : meta.type === "v1" ? meta.v1 : meta.v0;
  for (const [at, { txApplyProcessing }] of txProcessing.entries()) {
    if (txApplyProcessing.type !== "v4") continue;
    for (const [index, { events }] of txApplyProcessing.v4.operations.entries()) {
      const where = `${name} transaction ${at + 1} operation ${index + 1}`;
      const rows = ours.get(operationToid(at + 1, index)) ?? [];
      const sides = events.flatMap((event) => [...sidesOf(event, passphrase), ...(toldBy(event)?.sides ?? [])]);
      if (sides.length === 0) {
        if (rows.length > 0) tally.silent++;
        continue;
      }
      const { extra, missing } = multisetDifference(rows, sides);
      assert.deepEqual({ rows: extra.slice(0, 3), events: missing.slice(0, 3) }, { rows: [], events: [] }, where);
      tally.operations++;
      tally.sides += rows.length;
      for (const { counterparty } of rows) tally.parties.add(counterparty?.[0] ?? "none");
    }
  }
}

const newTally = (): Tally => ({ operations: 0, sides: 0, silent: 0, parties: new Set() });

sharedTest("counterparties on pubnet are the other sides that the events of the same operations name", () => {
  const tally = newTally();
  for (const { name, passphrase, bytes } of indexedLedgers()) compare(name, bytes, passphrase, tally);
  assert.ok(tally.operations > 700 && tally.sides > 2_000, JSON.stringify(tally));
  // What a token's contract mints or burns has no other side.
  assert.deepEqual([...tally.parties].sort(), ["B", "C", "G", "L", "none"]);
});

sharedTest("counterparties of the chain are the other sides that the events of the same operations name", async () => {
  const tally = newTally();
  for await (const { ledger } of fileSource(shared("ledgers/chain")).open(null, new AbortController().signal, { follow: false }))
    compare(String(ledger.sequence), Uint8Array.from(ledger.bytes), PUBNET, tally);
  assert.deepEqual([tally.operations, tally.sides, tally.silent], [8_856, 25_872, 0]);
  assert.deepEqual([...tally.parties].sort(), ["B", "C", "G", "L"]);
});

sharedTest("counterparties in stellar-core's ledgers are the other sides that the events of the same operations name", () => {
  const tally = newTally();
  for (const { name, passphrase, bytes } of coreLedgers()) compare(name, bytes, passphrase, tally);
  assert.ok(tally.operations > 60, JSON.stringify(tally));
});
