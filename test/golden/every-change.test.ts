import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import * as xdr from "@stellar/stellar-sdk/xdr";
import { createIndexer } from "../../functions/ingest/indexer/index-ledger.ts";
import type { LedgerRows } from "../../functions/ingest/indexer/rows.ts";
import { elements } from "../../functions/shared/xdr/words.ts";
import { skipLedgerEntryChange } from "../../functions/shared/xdr/xdr.generated.ts";
import { changeLists } from "../../functions/ingest/verify/change-lists.ts";
import { problemsOf, type Problem } from "../../functions/ingest/verify/verify-ledger.ts";
import { coreLedgers, indexedLedgers, PUBNET, type GoldenLedger } from "../fixtures/golden-ledgers.ts";
import { openLedger } from "../fixtures/open-ledger.ts";
import { readShared, sharedTest } from "../fixtures/shared.ts";

const REPORTS = "Bug Reports ; 2026";

/** Every LedgerEntryChange anywhere in a decoded ledger, found by kind alone, in the order of the XDR. */
function changesAnywhere(value: unknown, found: string[] = []): string[] {
  if (value instanceof xdr.LedgerEntryChange) found.push(value.toXdr("base64"));
  else if (Array.isArray(value)) for (const element of value) changesAnywhere(element, found);
  else if (value !== null && typeof value === "object" && !ArrayBuffer.isView(value))
    for (const member of Object.values(value)) changesAnywhere(member, found);
  return found;
}

function playedChanges(bytes: Uint8Array): string[] {
  const ledger = openLedger(bytes);
  const played = changeLists(ledger).flatMap((p) =>
    elements(ledger.x, p, skipLedgerEntryChange).map((at) =>
      Buffer.from(ledger.bytes.subarray(at * 4, skipLedgerEntryChange(ledger.x, at) * 4)).toString("base64"),
    ),
  );
  ledger.close();
  return played;
}

function* someLedgers(): Generator<GoldenLedger> {
  yield* indexedLedgers();
  let i = 0;
  for (const ledger of coreLedgers()) {
    const meta = ledger.bytes[3];
    // The SDK needs 20 ms a ledger: those of the rare kinds, and one in twenty of the others.
    if (meta !== 2 || ledger.name.includes("pgrade") || i++ % 20 === 0) yield ledger;
  }
}

sharedTest("the changes that verify plays are all changes that the SDK's decoder finds anywhere in the ledger", () => {
  const versions = new Set<string>();
  let total = 0;
  for (const { name, bytes } of someLedgers()) {
    const meta = xdr.LedgerCloseMeta.fromXdr(bytes);
    versions.add(meta.type);
    const found = changesAnywhere(meta);
    total += found.length;
    assert.deepEqual(playedChanges(bytes).sort(), found.sort(), name);
  }
  assert.ok(total > 10_000);
  assert.deepEqual([...versions].sort(), ["v0", "v1", "v2"]);
});

/** The rows that a ledger's changes are compared with, and what verify says of them. */
function problems(bytes: Uint8Array, rowsOf: Uint8Array = bytes, spoil?: (rows: LedgerRows) => void, passphrase = REPORTS): Problem[] {
  const source = openLedger(rowsOf);
  const rows = createIndexer(passphrase).index(source);
  source.close();
  spoil?.(rows);
  const ledger = openLedger(bytes);
  try {
    return problemsOf(rows, ledger, passphrase);
  } finally {
    ledger.close();
  }
}

const RAISED = "ledgers/reports/upgrade-releases-liabilities/101.xdr";

sharedTest("an upgrade that raises the base reserve releases liabilities of accounts and trustlines", () => {
  const bytes = readShared(RAISED);
  const ledger = openLedger(bytes);
  const rows = createIndexer(REPORTS).index(ledger);
  ledger.close();
  assert.equal(rows.header.baseReserve, 10_000_000);
  const [native] = rows.accounts;
  assert.deepEqual([native?.numSubentries, native?.sellingLiabilities, native?.buyingLiabilities], [1, 0n, 0n]);
  assert.deepEqual([rows.trustlineBalances.length, rows.trustlineBalances[0]?.buyingLiabilities], [1, 0n]);
  assert.deepEqual(problems(bytes), []);
});

type Meta = xdr.LedgerCloseMetaV2;

/** The ledger with its upgrade, in another version of LedgerCloseMeta, changed. */
function ledgerOf(version: "v0" | "v1" | "v2", change: (meta: Meta) => void = () => {}): Uint8Array {
  const decoded = xdr.LedgerCloseMeta.fromXdr(readShared(RAISED));
  assert.ok(decoded.type === "v2");
  const meta = decoded.v2;
  change(meta);
  const { header } = meta.ledgerHeader;
  Object.assign(meta.ledgerHeader, { hash: xdr.Hash.fromXdr(createHash("sha256").update(header.toXdr()).digest()) });
  if (version === "v2") return decoded.toXdr();
  const { ledgerHeader, upgradesProcessing, evictedKeys } = meta;
  const common = { ledgerHeader, txProcessing: [], upgradesProcessing, scpInfo: [] };
  if (version === "v0") {
    const txSet = new xdr.TransactionSet({ previousLedgerHash: header.previousLedgerHash, txs: [] });
    return xdr.LedgerCloseMeta.v0(new xdr.LedgerCloseMetaV0({ ...common, txSet })).toXdr();
  }
  const { ext, txSet } = meta;
  const v1 = { ...common, ext, txSet, totalByteSizeOfLiveSorobanState: 0n, evictedKeys, unused: [] };
  return xdr.LedgerCloseMeta.v1(new xdr.LedgerCloseMetaV1(v1)).toXdr();
}

function forgetUpgrades(meta: Meta): void {
  Object.assign(meta, { upgradesProcessing: [] });
}

/** A second upgrade of the ledger: of the configuration, which creates an entry, removes the trustline and pays the account. */
function addUpgrade(meta: Meta): void {
  const [first] = meta.upgradesProcessing;
  const [, account, , trustline] = first!.changes;
  assert.ok(account?.type === "ledgerEntryUpdated" && trustline?.type === "ledgerEntryUpdated");
  const paid = xdr.LedgerEntry.fromXdr(account.updated.toXdr());
  assert.ok(paid.data.type === "account" && trustline.updated.data.type === "trustline");
  Object.assign(paid.data.account, { balance: 30_000_005n });
  const { accountId, asset } = trustline.updated.data.trustLine;
  const setting = new xdr.LedgerEntry({
    lastModifiedLedgerSeq: 101,
    data: xdr.LedgerEntryData.configSetting(xdr.ConfigSettingEntry.configSettingContractMaxSizeBytes(65_536)),
    ext: xdr.LedgerEntryExt.v0(),
  });
  const second = new xdr.UpgradeEntryMeta({
    upgrade: xdr.LedgerUpgrade.ledgerUpgradeMaxSorobanTxSetSize(100),
    changes: [
      xdr.LedgerEntryChange.ledgerEntryCreated(setting),
      xdr.LedgerEntryChange.ledgerEntryState(account.updated),
      xdr.LedgerEntryChange.ledgerEntryUpdated(paid),
      xdr.LedgerEntryChange.ledgerEntryState(trustline.updated),
      xdr.LedgerEntryChange.ledgerEntryRemoved(xdr.LedgerKey.trustline(new xdr.LedgerKeyTrustLine({ accountId, asset }))),
    ],
  });
  Object.assign(meta, { upgradesProcessing: [first!, second] });
}

for (const version of ["v0", "v1", "v2"] as const) {
  sharedTest(`an indexer that forgets the changes of upgrades does not pass, LedgerCloseMeta ${version}`, () => {
    const bytes = ledgerOf(version);
    assert.deepEqual(problems(bytes), []);
    const missed = problems(bytes, ledgerOf(version, forgetUpgrades));
    assert.deepEqual(missed.map(({ check }) => check).sort(), ["accounts", "ledger_upgrades", "trustline_assets", "trustline_balances"]);
  });

  sharedTest(`the last of two upgrades wins, and what it removes goes, LedgerCloseMeta ${version}`, () => {
    const bytes = ledgerOf(version, addUpgrade);
    const ledger = openLedger(bytes);
    const rows = createIndexer(REPORTS).index(ledger);
    ledger.close();
    assert.deepEqual(
      rows.accounts.map(({ op, balance }) => [op, balance]),
      [["UPDATE", 30_000_005n]],
    );
    assert.deepEqual(
      rows.trustlineBalances.map(({ op }) => op),
      ["REMOVE"],
    );
    // Only conservation has anything to say: no movement tells of the 5 stroops (of the account and of all lumens) and of the trustline.
    const found = problems(bytes);
    assert.deepEqual(found.map(({ check, expected, found }) => `${check} ${expected} ${found}`).sort(), [
      "conservation -100000000 0",
      "conservation 5 0",
      "conservation 5 0",
    ]);
  });
}

sharedTest("an upgrade comes after the transactions and refunds of its ledger", () => {
  const decoded = xdr.LedgerCloseMeta.fromXdr(readShared("ledgers/pubnet/63092990.xdr.gz"));
  assert.ok(decoded.type === "v2");
  // An account that paid a transaction's fee.
  const changed = decoded.v2.txProcessing[0]!.feeProcessing.find((change) => change.type === "ledgerEntryUpdated");
  assert.ok(changed?.type === "ledgerEntryUpdated");
  const before = openLedger(decoded.toXdr());
  const rows = createIndexer(PUBNET).index(before);
  before.close();
  const upgraded = xdr.LedgerEntry.fromXdr(changed.updated.toXdr());
  assert.ok(upgraded.data.type === "account");
  const { accountId } = upgraded.data.account;
  Object.assign(upgraded.data.account, { numSubEntries: 77 });
  const changes = [xdr.LedgerEntryChange.ledgerEntryState(changed.updated), xdr.LedgerEntryChange.ledgerEntryUpdated(upgraded)];
  const upgrade = xdr.LedgerUpgrade.ledgerUpgradeBaseReserve(10_000_000);
  Object.assign(decoded.v2, { upgradesProcessing: [new xdr.UpgradeEntryMeta({ upgrade, changes })] });
  const after = openLedger(decoded.toXdr());
  const raised = createIndexer(PUBNET).index(after);
  const account = Buffer.from(accountId.toXdr()).subarray(4);
  const of = ({ accounts }: LedgerRows): LedgerRows["accounts"] =>
    accounts.filter((row) => Buffer.from(row.account.bytes.subarray(1)).equals(account));
  assert.deepEqual([of(rows).length, of(raised).length], [1, 1]);
  assert.notEqual(of(rows)[0]!.numSubentries, 77);
  assert.equal(of(raised)[0]!.numSubentries, 77);
  assert.deepEqual(
    problemsOf(raised, after, PUBNET).filter(({ check }) => check !== "conservation"),
    [],
  );
  after.close();
});

/** Ledgers that between them touch every family of rows. */
const FAMILIES = {
  accounts: "pubnet/63092990",
  trustlineBalances: "pubnet/63092990",
  trustlineAssets: "pubnet/63092990",
  liquidityPools: "pubnet/63092990",
  liquidityPoolBalances: "synthetic/classic-v4",
  sacBalances: "pubnet/63092990",
  contractNativeBalances: "pubnet/63092990",
  contractTokens: "synthetic/soroban-v4",
  protocolWasms: "synthetic/soroban-v4",
  protocolContracts: "pubnet/63092990",
  claimableBalances: "pubnet/63092988",
  offers: "pubnet/63092990",
} as const;

for (const [family, file] of Object.entries(FAMILIES) as [keyof typeof FAMILIES, string][]) {
  sharedTest(`an indexer that drops ${family} does not pass`, () => {
    const bytes = readShared(`ledgers/${file}.xdr.gz`);
    let dropped = 0;
    const found = problems(bytes, bytes, (rows) => void (dropped = rows[family].splice(0).length), PUBNET);
    assert.ok(dropped > 0, `${file} has no ${family}`);
    assert.equal(new Set(found.map(({ check }) => check)).size, 1);
  });
}

/** Takes one kind of list out of every transaction of a ledger. */
const LISTS: Record<string, (tx: xdr.TransactionResultMetaV1) => void> = {
  feeProcessing: (tx) => Object.assign(tx, { feeProcessing: [] }),
  txChangesBefore: (tx) => Object.assign(v4(tx), { txChangesBefore: [] }),
  operations: (tx) => v4(tx).operations.forEach((operation) => Object.assign(operation, { changes: [] })),
  txChangesAfter: (tx) => Object.assign(v4(tx), { txChangesAfter: [] }),
  postTxApplyFeeProcessing: (tx) => Object.assign(tx, { postTxApplyFeeProcessing: [] }),
};

function v4({ txApplyProcessing }: xdr.TransactionResultMetaV1): xdr.TransactionMetaV4 {
  assert.ok(txApplyProcessing.type === "v4");
  return txApplyProcessing.v4;
}

sharedTest("an indexer that forgets one kind of list does not pass", () => {
  for (const [list, forget] of Object.entries(LISTS)) {
    const bytes = readShared("ledgers/pubnet/63092990.xdr.gz");
    const decoded = xdr.LedgerCloseMeta.fromXdr(bytes);
    assert.ok(decoded.type === "v2");
    const had = changesAnywhere(decoded).length;
    for (const tx of decoded.v2.txProcessing) forget(tx);
    if (changesAnywhere(decoded).length === had) continue;
    // Whoever pays a fee is changed again by its transaction.
    assert.equal(problems(bytes, decoded.toXdr(), undefined, PUBNET).length > 0, list !== "feeProcessing", list);
  }
});
