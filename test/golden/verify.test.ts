import assert from "node:assert/strict";
import { createIndexer, type Indexer } from "../../functions/ingest/indexer/index-ledger.ts";
import { problemsOf } from "../../functions/ingest/verify/verify-ledger.ts";
import { coreLedgers, indexedLedgers, PUBNET, type GoldenLedger } from "../fixtures/golden-ledgers.ts";
import { openLedger } from "../fixtures/open-ledger.ts";
import { readShared, sharedTest } from "../fixtures/shared.ts";

const indexers = new Map<string, Indexer>();

function check({ bytes, passphrase }: GoldenLedger): unknown[] {
  let indexer = indexers.get(passphrase);
  if (!indexer) indexers.set(passphrase, (indexer = createIndexer(passphrase)));
  const ledger = openLedger(bytes);
  const problems = problemsOf(indexer.index(ledger), ledger, passphrase);
  ledger.close();
  return problems;
}

sharedTest("the rows of the pubnet and synthetic ledgers are what the ledgers say", () => {
  for (const ledger of indexedLedgers()) assert.deepEqual(check(ledger), [], ledger.name);
});

sharedTest("the rows of stellar-core's test ledgers are what the ledgers say", () => {
  for (const ledger of coreLedgers()) assert.deepEqual(check(ledger), [], ledger.name);
});

sharedTest("a wrong balance, a missing row, a row too many and a movement without a balance are found", () => {
  const bytes = readShared("ledgers/pubnet/63092990.xdr.gz");
  const honest = createIndexer(PUBNET);
  const lying = (change: (rows: ReturnType<Indexer["index"]>) => void): string[] => {
    const ledger = openLedger(bytes);
    const rows = honest.index(ledger);
    change(rows);
    return problemsOf(rows, ledger, PUBNET).map((problem) => problem.check);
  };
  assert.deepEqual(
    lying((rows) => (rows.accounts[0]!.balance += 1n)),
    ["accounts"],
  );
  assert.deepEqual(
    lying((rows) => rows.trustlineBalances.pop()),
    ["trustline_balances"],
  );
  assert.deepEqual(
    lying((rows) => (rows.liquidityPools[0]!.op = "REMOVE")),
    ["liquidity_pools"],
  );
  assert.deepEqual(
    lying((rows) => rows.stateChanges.shift()),
    ["conservation"],
  );
});
