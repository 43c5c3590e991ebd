import assert from "node:assert/strict";
import { test } from "node:test";
import { ledgerToJson } from "../../bin/inspect/ledger-json.ts";
import { createIndexer, type Indexer } from "../../functions/ingest/indexer/index-ledger.ts";
import { coreLedgers, indexedLedgers, multisetDifference, type GoldenLedger, type GoldenRow } from "../fixtures/golden-ledgers.ts";
import { indexBytes } from "../fixtures/open-ledger.ts";
import { sharedTest } from "../fixtures/shared.ts";
import { INTENDED_DIFFERENCES } from "./history-differences.ts";

const SECTIONS = ["transactions", "operations", "state_changes"] as const;
const touched = new Map(INTENDED_DIFFERENCES.map((difference) => [difference.number, 0]));
const indexers = new Map<string, Indexer>();

function compare(ledger: GoldenLedger): void {
  const { name, passphrase, bytes, golden } = ledger;
  let indexer = indexers.get(passphrase);
  if (!indexer) indexers.set(passphrase, (indexer = createIndexer(passphrase)));
  for (const { number, apply } of INTENDED_DIFFERENCES) touched.set(number, touched.get(number)! + apply(golden, ledger));
  const ours = ledgerToJson(indexBytes(indexer, bytes)) as unknown as Record<string, unknown[]>;
  // The peer's rows have no other side; counterparties.test.ts has another witness for it.
  for (const row of ours.state_changes as GoldenRow[]) delete row.counterparty;
  for (const section of SECTIONS) {
    const { extra, missing } = multisetDifference(ours[section] ?? [], golden[section] ?? []);
    // Never a deep comparison of whole ledgers: its diff would not fit into memory.
    assert.equal(
      extra.length + missing.length,
      0,
      `${name} ${section}\nours only: ${extra.slice(0, 3).join("\n")}\npeer only: ${missing.slice(0, 3).join("\n")}`,
    );
  }
}

sharedTest("history of the pubnet and synthetic ledgers equals the peer's but for the intended differences", () => {
  let count = 0;
  for (const ledger of indexedLedgers()) {
    compare(ledger);
    count++;
  }
  assert.equal(count, 9);
});

sharedTest("history of stellar-core's test ledgers equals the peer's but for the intended differences", () => {
  let count = 0;
  for (const ledger of coreLedgers()) {
    compare(ledger);
    count++;
  }
  assert.equal(count, 7788);
});

sharedTest("no intended difference is stale", () => {
  const stale = [...touched].filter(([, n]) => n === 0).map(([number]) => number);
  assert.deepEqual(stale, []);
});

test("every intended difference has a number and a reason", () => {
  for (const { number, reason } of INTENDED_DIFFERENCES) {
    assert.match(number, /^(GAP-|D)\d+$/);
    assert.ok(reason.length > 20);
  }
});
