import assert from "node:assert/strict";
import { createIndexer, type Indexer } from "../../functions/ingest/indexer/index-ledger.ts";
import type { LedgerRows, LivingRow } from "../../functions/ingest/indexer/rows.ts";
import { fileSource } from "../../functions/ingest/source/file.ts";
import { ArchivalFold, type Life } from "../fixtures/archival-fold.ts";
import { coreLedgers, indexedLedgers, PUBNET } from "../fixtures/golden-ledgers.ts";
import { indexBytes } from "../fixtures/open-ledger.ts";
import { shared, sharedTest } from "../fixtures/shared.ts";

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** The rows of ledgers laid over each other as the statements of persist/ do it. */
class Tables {
  readonly rows = new Map<string, Life>();
  frozen: string[] | null = null;
  readonly upgrades: string[] = [];

  add(rows: LedgerRows): void {
    const { header, sacBalances, contractNativeBalances, contractTokens, protocolContracts, ttls, evictedKeys, frozenKeys } = rows;
    for (const row of [...sacBalances, ...contractNativeBalances]) {
      if (row.op === "REMOVE") this.rows.delete(hex(row.keyHash));
      else this.#write(row);
    }
    for (const row of [...contractTokens, ...protocolContracts]) this.#write(row);
    for (const { keyHash, liveUntilLedger } of ttls) {
      const row = this.rows.get(hex(keyHash));
      if (row) row.liveUntil = liveUntilLedger;
    }
    for (const keyHash of evictedKeys) {
      const row = this.rows.get(hex(keyHash));
      if (row) row.evicted = header.sequence;
    }
    this.upgrades.push(...rows.ledgerUpgrades.map(({ type, value, contract }) => `${type} ${value ?? contract!.text}`));
    if (frozenKeys) this.frozen = frozenKeys.map(({ key }) => Buffer.from(key).toString("base64"));
  }

  #write({ keyHash, liveUntilLedger }: LivingRow): void {
    const known = this.rows.get(hex(keyHash));
    this.rows.set(hex(keyHash), { liveUntil: liveUntilLedger ?? known?.liveUntil ?? null, evicted: null });
  }
}

function requireEqual(tables: Tables, fold: ArchivalFold, name: string): void {
  assert.deepEqual([...tables.rows.keys()].sort(), [...fold.rows.keys()].sort(), `${name}: entries`);
  for (const [key, life] of fold.rows) assert.deepEqual(tables.rows.get(key), life, `${name}: ${key}`);
  assert.deepEqual(tables.frozen, fold.frozen, `${name}: frozen keys`);
  assert.deepEqual(tables.upgrades, fold.upgrades, `${name}: upgrades`);
}

/** What the folds of the streams have met. */
const met: Record<string, number> = {};

function remember({ counts }: ArchivalFold): void {
  for (const [kind, count] of Object.entries(counts)) met[kind] = (met[kind] ?? 0) + count;
}

sharedTest("lives, evictions and frozen keys after each of stellar-core's test chains are what the SDK's decoding gives", () => {
  const indexers = new Map<string, Indexer>();
  const streams = new Map<string, { bytes: Uint8Array; passphrase: string }[]>();
  for (const { name, bytes, passphrase } of coreLedgers()) {
    const stream = name.slice(0, name.indexOf("["));
    const ledgers = streams.get(stream);
    if (ledgers) ledgers.push({ bytes, passphrase });
    else streams.set(stream, [{ bytes, passphrase }]);
  }
  for (const [name, ledgers] of streams) {
    const [tables, fold] = [new Tables(), new ArchivalFold()];
    for (const { bytes, passphrase } of ledgers) {
      let indexer = indexers.get(passphrase);
      if (!indexer) indexers.set(passphrase, (indexer = createIndexer(passphrase)));
      tables.add(indexBytes(indexer, bytes));
      fold.add(bytes);
    }
    requireEqual(tables, fold, name);
    remember(fold);
  }
  for (const kind of [
    "ledgerEntryUpdated ttl with row",
    "ledgerEntryRestored entry with row",
    "evicted contractData",
    "frozen",
    "nothing frozen",
  ])
    assert.ok(met[kind]! > 0, `${kind} in none of the ledgers`);
});

sharedTest("the same after every pubnet and hand-made ledger, and after a chain of them", async () => {
  const indexer = createIndexer(PUBNET);
  for (const { name, bytes } of indexedLedgers()) {
    const [tables, fold] = [new Tables(), new ArchivalFold()];
    tables.add(indexBytes(indexer, bytes));
    fold.add(bytes);
    requireEqual(tables, fold, name);
  }
  const [tables, fold] = [new Tables(), new ArchivalFold()];
  let ledgers = 0;
  for await (const { ledger } of fileSource(shared("ledgers/chain")).open(null, new AbortController().signal, { follow: false })) {
    fold.add(ledger.bytes);
    tables.add(indexer.index(ledger));
    ledger.close();
    // The chain repeats its first four ledgers, and the SDK takes its time.
    if (++ledgers === 8) break;
  }
  requireEqual(tables, fold, "chain");
  // It begins in mid-chain: no entry's TTL is among its changes.
  assert.ok(fold.rows.size > 10 && [...fold.rows.values()].every(({ liveUntil }) => liveUntil === null));
});
