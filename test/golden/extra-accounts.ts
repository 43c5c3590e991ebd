import assert from "node:assert/strict";
import { StrKey } from "@stellar/stellar-sdk";
import * as xdr from "@stellar/stellar-sdk/xdr";
import type { GoldenRow } from "../fixtures/golden-ledgers.ts";

/**
 * D30: we write the row of every account that a ledger changed. The reference implementation writes none of an account that changed in
 * transactions as a whole alone (its sequence number), or by operations that touch nothing but its signers.
 *
 * The rows that it does not write, found by the SDK's decoder, in the form of golden/database.
 */
export function extraAccounts(bytes: Uint8Array): GoldenRow[] {
  const meta = xdr.LedgerCloseMeta.fromXdr(bytes);
  assert.ok(meta.type === "v1" || meta.type === "v2");
  const { ledgerHeader, txProcessing: transactions } = meta.type === "v1" ? meta.v1 : meta.v2;
  const { header } = ledgerHeader;
  const last = new Map<string, xdr.LedgerEntry>();
  const written = new Set<string>();
  const play = (changes: readonly xdr.LedgerEntryChange[], isRead: boolean): void => {
    let state: xdr.LedgerEntry | null = null;
    for (const change of changes) {
      const entry = entryOf(change);
      if (entry?.data.type === "account") {
        const account = addressOf(entry);
        last.set(account, entry);
        if (change.type !== "ledgerEntryState" && isRead && !(state && sameButSigners(state, entry))) written.add(account);
      }
      // A removal names an account that the state before it has shown.
      if (change.type === "ledgerEntryRemoved" && state?.data.type === "account") {
        last.delete(addressOf(state));
        written.add(addressOf(state));
      }
      state = change.type === "ledgerEntryState" ? entry : null;
    }
  };
  for (const { feeProcessing } of transactions) play(feeProcessing, true);
  for (const { txApplyProcessing } of transactions) {
    assert.ok(txApplyProcessing.type === "v3" || txApplyProcessing.type === "v4");
    const applied = txApplyProcessing.type === "v3" ? txApplyProcessing.v3 : txApplyProcessing.v4;
    play(applied.txChangesBefore, false);
    for (const { changes } of applied.operations) play(changes, true);
    play(applied.txChangesAfter, false);
  }
  for (const tx of transactions) if ("postTxApplyFeeProcessing" in tx) play(tx.postTxApplyFeeProcessing, true);
  return [...last].filter(([account]) => !written.has(account)).map(([account, entry]) => goldenRow(account, entry, header));
}

function entryOf(change: xdr.LedgerEntryChange): xdr.LedgerEntry | null {
  switch (change.type) {
    case "ledgerEntryState":
      return change.state;
    case "ledgerEntryUpdated":
      return change.updated;
    case "ledgerEntryCreated":
      return change.created;
    case "ledgerEntryRestored":
      return change.restored;
    default:
      return null;
  }
}

function accountOf(entry: xdr.LedgerEntry): xdr.AccountEntry {
  assert.ok(entry.data.type === "account");
  return entry.data.account;
}

function addressOf(entry: xdr.LedgerEntry): string {
  return StrKey.encodeEd25519PublicKey(Buffer.from(accountOf(entry).accountId.toXdr()).subarray(4));
}

function sameButSigners(before: xdr.LedgerEntry, after: xdr.LedgerEntry): boolean {
  const withoutSigners = (entry: xdr.LedgerEntry): string => {
    const copy = xdr.LedgerEntry.fromXdr(entry.toXdr());
    Object.assign(accountOf(copy), { signers: [] });
    return copy.toXdr("base64");
  };
  return withoutSigners(before) === withoutSigners(after);
}

function goldenRow(account: string, entry: xdr.LedgerEntry, header: xdr.LedgerHeader): GoldenRow {
  const { balance, numSubEntries, ext } = accountOf(entry);
  const v1 = ext.type === "v1" ? ext.v1 : null;
  const v2 = v1?.ext.type === "v2" ? v1.ext.v2 : null;
  const entries = 2 + numSubEntries + (v2?.numSponsoring ?? 0) - (v2?.numSponsored ?? 0);
  return {
    account,
    balance: String(balance),
    buyingLiabilities: String(v1?.liabilities.buying ?? 0n),
    sellingLiabilities: String(v1?.liabilities.selling ?? 0n),
    numSubentries: numSubEntries,
    minimumBalance: String(BigInt(entries) * BigInt(header.baseReserve)),
    lastModifiedLedger: header.ledgerSeq,
  };
}
