import assert from "node:assert/strict";
import { test } from "node:test";
import { ledgerToJson } from "../../bin/inspect/ledger-json.ts";
import { createIndexer, type Indexer } from "../../functions/ingest/indexer/index-ledger.ts";
import { coreLedgers, indexedLedgers, multisetDifference, type GoldenLedger, type GoldenRow } from "../fixtures/golden-ledgers.ts";
import { indexBytes } from "../fixtures/open-ledger.ts";
import { sharedTest } from "../fixtures/shared.ts";
import { REFUNDED_BALANCES } from "./refunded-balances.ts";
import { STATE_DIFFERENCES } from "./state-differences.ts";

const SECTIONS = [
  "native_balances",
  "trustline_balances",
  "trustline_assets",
  "sac_balances",
  "liquidity_pools",
  "liquidity_pool_balances",
  "contract_tokens",
  "protocol_wasms",
  "protocol_contracts",
] as const;

const touched = new Map(STATE_DIFFERENCES.map((difference) => [difference.number, 0]));
const indexers = new Map<string, Indexer>();

function compare(ledger: GoldenLedger): void {
  const { name, passphrase, bytes, golden } = ledger;
  let indexer = indexers.get(passphrase);
  if (!indexer) indexers.set(passphrase, (indexer = createIndexer(passphrase)));
  const rows = indexBytes(indexer, bytes);
  for (const { number, apply } of STATE_DIFFERENCES) touched.set(number, touched.get(number)! + apply(ledger, rows.header.baseReserve));
  const ours = ledgerToJson(rows) as unknown as Record<string, GoldenRow[]>;
  for (const section of SECTIONS) {
    // The index goldens do not have the section trustline_assets.
    if (golden[section] === undefined) continue;
    const { extra, missing } = multisetDifference(ours[section] ?? [], golden[section] ?? []);
    assert.equal(
      extra.length + missing.length,
      0,
      `${name} ${section}\nours only: ${extra.slice(0, 3).join("\n")}\npeer only: ${missing.slice(0, 3).join("\n")}`,
    );
  }
}

sharedTest("current state after the pubnet and synthetic ledgers equals the peer's but for the intended differences", () => {
  for (const ledger of indexedLedgers()) compare(ledger);
});

sharedTest("current state after stellar-core's test ledgers equals the peer's but for the intended differences", () => {
  for (const ledger of coreLedgers()) compare(ledger);
});

sharedTest("no intended difference of the current state is stale", () => {
  assert.deepEqual(
    [...touched].filter(([, n]) => n === 0),
    [],
  );
  assert.equal(touched.get("GAP-15"), REFUNDED_BALANCES.length);
});

test("every intended difference of the current state has a number and a reason", () => {
  for (const { number, reason } of STATE_DIFFERENCES) {
    assert.match(number, /^GAP-\d+$/);
    assert.ok(reason.length > 20);
  }
});
