import { operationToid } from "../../shared/columns/toid.ts";
import { encodeStrkey } from "../../shared/strkey.ts";
import { accountAt, claimableBalanceAt } from "../../shared/xdr/addresses.ts";
import { elements, int64, type Words } from "../../shared/xdr/words.ts";
import {
  LedgerEntryChangeType,
  LedgerEntryType,
  readClaimableBalanceEntry,
  readLedgerEntry,
  readOfferEntry,
  readTransactionResult,
  readTransactionResultPair,
  skipClaimant,
  skipLedgerEntryChange,
} from "../../shared/xdr/xdr.generated.ts";
import type { LedgerRows } from "../indexer/rows.ts";
import type { ContractIds } from "../ledger/contract-ids.ts";
import { bytesAt, type Ledger } from "../ledger/ledger.ts";
import { operationChanges } from "./change-lists.ts";
import { assetText } from "./asset-text.ts";
import { entrySponsor, NO_SPONSOR } from "./entry-sponsor.ts";
import type { EntryStates } from "./entry-states.ts";
import type { ExpectedRow } from "./expected-rows.ts";

/** The row of the claimable balance or offer at `entry`, a LedgerEntry. */
export function promiseRow(ledger: Ledger, entry: number): ExpectedRow {
  const { x } = ledger;
  const p = entry + 2;
  const sponsor = entrySponsor(ledger, entry);
  if (x[entry + 1] === LedgerEntryType.offer) {
    const offer = readOfferEntry(x, p);
    const assets = [assetText(ledger, offer.selling), assetText(ledger, offer.buying)];
    const values = [accountAt(x, p + 1).text, ...assets, int64(x, offer.amount), x[offer.price], x[offer.price + 1], offer.flags % 2 === 1];
    return { table: "offers", key: String(int64(x, offer.offerId)), values: [...values, sponsor].join(" ") };
  }
  const balance = readClaimableBalanceEntry(x, p);
  const claimants = elements(x, balance.claimants, skipClaimant).map((at) => accountAt(x, at + 2).text);
  const xdr = Buffer.from(bytesAt(ledger.bytes, balance.claimants, balance.asset - balance.claimants)).toString("hex");
  // The extension's first version: its own extension point, then the flags, of which there is one.
  const clawback = x[balance.ext] === 1 && x[balance.ext + 2] === 1;
  const values = [assetText(ledger, balance.asset), int64(x, balance.amount), claimants.join(), xdr, clawback, sponsor];
  return { table: "claimable_balances", key: claimableBalanceAt(x, p).text, values: values.join(" ") };
}

/**
 * What else must be among the rows of claimable balances and offers: the assets of those that the ledger leaves, since when each claimable
 * balance is listed, and what made those that are new.
 */
export function promiseFacts(ledger: Ledger, ids: ContractIds, states: readonly EntryStates[]): ExpectedRow[] {
  const { x } = ledger;
  const facts: ExpectedRow[] = [];
  const left = states.filter(({ type, changed, last }) => changed && last !== 0 && isPromise(type));
  const made = left.some(({ type, first }) => type === LedgerEntryType.claimableBalance && first === 0) ? makers(ledger) : null;
  for (const { type, first, last } of left) {
    const p = last + 2;
    const addAsset = (at: number): void => {
      if (x[at] !== 0) facts.push({ table: "trustline_assets", key: assetText(ledger, at), values: ids.asset(x, at).text });
    };
    if (type === LedgerEntryType.offer) {
      const { selling, buying } = readOfferEntry(x, p);
      addAsset(selling);
      addAsset(buying);
      continue;
    }
    addAsset(readClaimableBalanceEntry(x, p).asset);
    const key = claimableBalanceAt(x, p).text;
    const values =
      first === 0 ? `${ledger.sequence} ${made?.get(key) ?? "nothing"}` : `${readLedgerEntry(x, first).lastModifiedLedgerSeq} nothing`;
    facts.push({ table: "claimable_balances", key: `made ${key}`, values });
  }
  return facts;
}

function isPromise(type: number): boolean {
  return type === LedgerEntryType.offer || type === LedgerEntryType.claimableBalance;
}

/** By claimable balance, the operation whose changes create it (low half of the TOID) and the number of results of its transaction. */
function makers(ledger: Ledger): Map<string, string> {
  const { x } = ledger;
  const found = new Map<string, string>();
  for (const [transaction, { result, operations }] of operationChanges(ledger).entries())
    for (const [operation, list] of operations.entries())
      for (const change of elements(x, list, skipLedgerEntryChange)) {
        if (x[change] !== LedgerEntryChangeType.ledgerEntryCreated || x[change + 2] !== LedgerEntryType.claimableBalance) continue;
        const key = claimableBalanceAt(x, change + 3).text;
        found.set(key, `${operationToid(transaction + 1, operation)} ${resultCount(x, result)}`);
      }
  return found;
}

/** The number of operation results of the successful transaction whose TransactionResultPair is at `p`. */
function resultCount(x: Words, p: number): number {
  const { result } = readTransactionResult(x, readTransactionResultPair(x, p).result);
  // Of a fee bump it is in the inner result: behind the outer code, the inner hash, the inner fee and the inner code.
  return x[x[result] === 1 ? result + 12 : result + 1]!;
}

/** Our rows in the form of promiseRow and promiseFacts. */
export function addPromises(
  { claimableBalances, offers, promisedAssets }: LedgerRows,
  add: (table: string, key: string, op: string, ...values: unknown[]) => void,
): void {
  const asset = (row: { code: string; issuer: string } | null): string => (row === null ? "native" : `${row.code}:${row.issuer}`);
  for (const r of offers) {
    const assets = [asset(r.selling), asset(r.buying)];
    add(
      "offers",
      String(r.offerId),
      r.op,
      r.seller.text,
      ...assets,
      r.amount,
      r.priceN,
      r.priceD,
      r.isPassive,
      r.sponsor?.text ?? NO_SPONSOR,
    );
  }
  for (const r of claimableBalances) {
    const { text: key } = r.balance;
    const xdr = Buffer.from(r.claimantsXdr).toString("hex");
    const claimants = r.claimants.map(({ text }) => text).join();
    add("claimable_balances", key, r.op, asset(r.asset), r.amount, claimants, xdr, r.isClawbackEnabled, r.sponsor?.text ?? NO_SPONSOR);
    if (r.op === "REMOVE") continue;
    add(
      "claimable_balances",
      `made ${key}`,
      r.op,
      r.sinceLedger,
      r.madeBy === null ? "nothing" : `${r.madeBy.operation} ${r.madeBy.operations}`,
    );
  }
  for (const r of promisedAssets) add("trustline_assets", asset(r), "ADD", encodeStrkey(r.contract));
}
