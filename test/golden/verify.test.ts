import assert from "node:assert/strict";
import { createIndexer, type Indexer } from "../../functions/ingest/indexer/index-ledger.ts";
import type { AccountDataRow, AccountRow, LedgerRows } from "../../functions/ingest/indexer/rows.ts";
import { problemsOf } from "../../functions/ingest/verify/verify-ledger.ts";
import { coreLedgers, indexedLedgers, PUBNET, type GoldenLedger } from "../fixtures/golden-ledgers.ts";
import { dataEntry, MADE_NETWORK, madeAddress, madeLedgers, updated } from "../fixtures/account-ledgers.ts";
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

/** What no shared ledger leaves: data entries. */
function* madeOnes(): Generator<GoldenLedger> {
  const before = dataEntry(madeAddress(1), "name", Buffer.from("value"), madeAddress(2));
  const [bytes] = madeLedgers([updated(before, dataEntry(madeAddress(1), "name", Buffer.from("other"), madeAddress(3)))]);
  yield { name: "made", passphrase: MADE_NETWORK, bytes: bytes!, golden: {} };
}

sharedTest("whatever is wrong in a row of an account, its signers or its data is found", () => {
  const spoil = (change: () => unknown): true => {
    change();
    return true;
  };
  const spoilt = new Map<string, (row: AccountRow) => boolean>([
    ["balance", (row) => spoil(() => (row.balance += 1n))],
    ["buyingLiabilities", (row) => spoil(() => (row.buyingLiabilities += 1n))],
    ["sellingLiabilities", (row) => spoil(() => (row.sellingLiabilities += 1n))],
    ["numSubentries", (row) => spoil(() => row.numSubentries++)],
    ["numSponsoring", (row) => spoil(() => row.numSponsoring++)],
    ["numSponsored", (row) => spoil(() => row.numSponsored++)],
    ["sequenceNumber", (row) => spoil(() => (row.sequenceNumber += 1n))],
    ["sequenceLedger", (row) => row.sequenceLedger !== null && spoil(() => row.sequenceLedger!--)],
    ["sequenceTime", (row) => row.sequenceTime !== null && spoil(() => (row.sequenceTime! += 1n))],
    ["flags", (row) => spoil(() => (row.flags ^= 2))],
    ["thresholds", (row) => spoil(() => (row.thresholds ^= 256))],
    ["homeDomain", (row) => row.homeDomain !== null && spoil(() => (row.homeDomain = null))],
    ["inflationDestination", (row) => row.inflationDestination !== null && spoil(() => (row.inflationDestination = null))],
    ["sponsor", (row) => row.sponsor !== null && spoil(() => (row.sponsor = null))],
    ["signers", (row) => row.signers.length > 0 && spoil(() => (row.signers = row.signers.slice(1)))],
    ["a weight", ({ signers: [first] }) => first !== undefined && spoil(() => Object.assign(first, { weight: 77 }))],
    [
      "a signer's sponsor",
      ({ signers }) => signers.some(({ sponsor }) => sponsor !== null) && spoil(() => signers.forEach((signer) => (signer.sponsor = null))),
    ],
    ["a signer that went", (row) => (row.goneSigners ?? []).length > 0 && spoil(() => (row.goneSigners = []))],
    ["signers that changed", (row) => row.goneSigners !== null && spoil(() => (row.goneSigners = null))],
    ["removal", (row) => row.op === "REMOVE" && spoil(() => (row.op = "UPDATE"))],
  ]);
  const data = new Map<string, (row: AccountDataRow) => boolean>([
    ["data value", (row) => row.op !== "REMOVE" && spoil(() => (row.value = Buffer.from("x")))],
    ["data sponsor", (row) => row.op !== "REMOVE" && row.sponsor !== null && spoil(() => (row.sponsor = null))],
    ["data removal", (row) => row.op === "REMOVE" && spoil(() => (row.op = "UPDATE"))],
  ]);
  const missing = new Set([...spoilt.keys(), ...data.keys(), "row", "data row"]);
  for (const { name, bytes, passphrase } of [...indexedLedgers(), ...madeOnes(), ...coreLedgers()]) {
    if (missing.size === 0) break;
    let indexer = indexers.get(passphrase);
    if (!indexer) indexers.set(passphrase, (indexer = createIndexer(passphrase)));
    const ledger = openLedger(bytes);
    const attempt = (what: string, spoil: (rows: LedgerRows) => boolean, check: string): void => {
      if (!missing.has(what)) return;
      const rows = indexer.index(ledger);
      if (!spoil(rows)) return;
      assert.ok(
        problemsOf(rows, ledger, passphrase).some((problem) => problem.check === check),
        `${name}: ${what}`,
      );
      missing.delete(what);
    };
    for (const [what, spoil] of spoilt)
      attempt(what, ({ accounts }) => accounts.some((row) => row.op !== "REMOVE" && spoil(row)) || accounts.some(spoil), "accounts");
    for (const [what, spoil] of data) attempt(what, ({ accountData }) => accountData.some(spoil), "account_data");
    attempt("row", ({ accounts }) => accounts.splice(0, 1).length > 0, "accounts");
    attempt("data row", ({ accountData }) => accountData.at(-1)?.op === "UPDATE" && accountData.pop() !== undefined, "account_data");
    ledger.close();
  }
  assert.deepEqual([...missing], [], "no ledger has what it takes");
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
    lying(({ offers, accounts }) => (offers.find(({ op }) => op !== "REMOVE")!.sponsor = accounts[0]!.account)),
    ["offers"],
  );
  // The row of an asset is remembered from ledger to ledger.
  assert.deepEqual(
    lying(({ promisedAssets }) => promisedAssets.push({ ...promisedAssets[0]!, contract: new Uint8Array(33) })),
    ["trustline_assets"],
  );
  assert.deepEqual(
    lying((rows) => rows.stateChanges.shift()),
    ["conservation"],
  );
});
