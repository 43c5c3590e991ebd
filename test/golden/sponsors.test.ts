import assert from "node:assert/strict";
import * as xdr from "@stellar/stellar-sdk/xdr";
import { createIndexer } from "../../functions/ingest/indexer/index-ledger.ts";
import type { LedgerRows } from "../../functions/ingest/indexer/rows.ts";
import { problemsOf } from "../../functions/ingest/verify/verify-ledger.ts";
import { encodeStrkey, StrkeyVersion } from "../../functions/shared/strkey.ts";
import { ledgerChanges } from "../fixtures/ledger-entries.ts";
import { indexedLedgers, PUBNET } from "../fixtures/golden-ledgers.ts";
import { openLedger } from "../fixtures/open-ledger.ts";
import { readShared, sharedTest } from "../fixtures/shared.ts";

function account(key: { toXdr(): Uint8Array }): string {
  return encodeStrkey(Buffer.concat([Buffer.of(StrkeyVersion.account), Buffer.from(key.toXdr()).subarray(4)]));
}

/** Who the SDK says pays for an entry's reserve. */
function sponsor({ ext }: xdr.LedgerEntry): string | null {
  return ext.type === "v1" && ext.v1.sponsoringId ? account(ext.v1.sponsoringId) : null;
}

/** Trustlines by holder and the XDR of their asset. */
function keyOf(line: xdr.TrustLineEntry): string {
  return `${account(line.accountId)} ${Buffer.from(line.asset.toXdr()).toString("base64")}`;
}

/** The last sponsor of every trustline that a decoded ledger creates or updates. */
function sponsorsOf(meta: xdr.LedgerCloseMetaV2): Map<string, { sponsor: string | null; isPool: boolean }> {
  const found = new Map<string, { sponsor: string | null; isPool: boolean }>();
  for (const change of ledgerChanges(meta)) {
    if (change.type === "ledgerEntryRemoved" && change.removed.type === "trustline") {
      const { accountId, asset } = change.removed.trustLine;
      found.delete(`${account(accountId)} ${Buffer.from(asset.toXdr()).toString("base64")}`);
      continue;
    }
    const entry = change.type === "ledgerEntryCreated" ? change.created : change.type === "ledgerEntryUpdated" ? change.updated : null;
    if (entry?.data.type !== "trustline") continue;
    const line = entry.data.trustLine;
    found.set(keyOf(line), { sponsor: sponsor(entry), isPool: line.asset.type === "assetTypePoolShare" });
  }
  return found;
}

function texts(sponsors: readonly (string | null)[]): string[] {
  return sponsors.map(String).sort();
}

function rowsOf(bytes: Uint8Array): { rows: LedgerRows; problems: string[] } {
  const ledger = openLedger(bytes);
  try {
    const rows = createIndexer(PUBNET).index(ledger);
    const problems = problemsOf(rows, ledger, PUBNET).filter(({ check }) => check !== "conservation");
    return { rows, problems: problems.map(({ check, key }) => `${check} ${key}`) };
  } finally {
    ledger.close();
  }
}

const held = (rows: readonly { op: string; sponsor: { text: string } | null }[]): (string | null)[] =>
  rows.filter(({ op }) => op !== "REMOVE").map((row) => row.sponsor?.text ?? null);

sharedTest("trustlines and pool shares have the sponsor that the SDK reads in their entries", () => {
  let sponsored = 0;
  for (const { name, bytes } of indexedLedgers()) {
    const meta = xdr.LedgerCloseMeta.fromXdr(bytes);
    if (meta.type !== "v2" || meta.v2.txProcessing.some((tx) => tx.txApplyProcessing.type !== "v4")) continue;
    const expected = [...sponsorsOf(meta.v2).values()];
    const { rows } = rowsOf(bytes);
    const [lines, shares] = [false, true].map((isPool) =>
      expected.filter((entry) => entry.isPool === isPool).map((entry) => entry.sponsor),
    );
    assert.deepEqual(texts(held(rows.trustlineBalances)), texts(lines!), name);
    assert.deepEqual(texts(held(rows.liquidityPoolBalances)), texts(shares!), name);
    sponsored += expected.filter((entry) => entry.sponsor !== null).length;
  }
  assert.ok(sponsored > 0, "no ledger has a sponsored trustline");
});

const SPONSOR = xdr.PublicKey.publicKeyTypeEd25519(new Uint8Array(32).fill(7));

function withSponsor(entry: xdr.LedgerEntry, sponsoringId: xdr.PublicKey | null | "no extension"): xdr.LedgerEntry {
  const changed = xdr.LedgerEntry.fromXdr(entry.toXdr());
  const extension =
    sponsoringId === "no extension"
      ? xdr.LedgerEntryExt.v0()
      : xdr.LedgerEntryExt.v1(new xdr.LedgerEntryExtensionV1({ sponsoringId, ext: xdr.LedgerEntryExtensionV1Ext.v0() }));
  Object.assign(changed, { ext: extension });
  return changed;
}

/** A ledger that changes nothing of a trustline but its sponsor, as the operation that revokes a sponsorship does. */
function revoked(before: Parameters<typeof withSponsor>[1], after: Parameters<typeof withSponsor>[1]): Uint8Array {
  const decoded = xdr.LedgerCloseMeta.fromXdr(readShared("ledgers/reports/upgrade-releases-liabilities/101.xdr"));
  assert.ok(decoded.type === "v2");
  const [first] = decoded.v2.upgradesProcessing;
  const line = first!.changes.find((change) => change.type === "ledgerEntryState" && change.state.data.type === "trustline");
  assert.ok(line?.type === "ledgerEntryState");
  const changes = [
    xdr.LedgerEntryChange.ledgerEntryState(withSponsor(line.state, before)),
    xdr.LedgerEntryChange.ledgerEntryUpdated(withSponsor(line.state, after)),
  ];
  Object.assign(decoded.v2, { upgradesProcessing: [new xdr.UpgradeEntryMeta({ upgrade: first!.upgrade, changes })] });
  return decoded.toXdr();
}

sharedTest("a sponsorship that is revoked, taken over or begun alone changes the row, and verify sees it", () => {
  const text = account(SPONSOR);
  for (const [before, after, expected] of [
    [SPONSOR, "no extension", null],
    [SPONSOR, null, null],
    [null, SPONSOR, text],
    ["no extension", SPONSOR, text],
  ] as const) {
    const { rows, problems } = rowsOf(revoked(before, after));
    assert.deepEqual(problems, []);
    assert.deepEqual(
      rows.trustlineBalances.map((row) => [row.op, row.sponsor?.text ?? null]),
      [["UPDATE", expected]],
    );
    const bytes = revoked(before, after);
    const ledger = openLedger(bytes);
    const wrong = createIndexer(PUBNET).index(ledger);
    wrong.trustlineBalances[0]!.sponsor = expected === null ? wrong.trustlineBalances[0]!.account : null;
    assert.ok(problemsOf(wrong, ledger, PUBNET).some(({ check }) => check === "trustline_balances"));
    ledger.close();
  }
});
