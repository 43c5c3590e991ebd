import type { Address } from "../../shared/xdr/address.ts";
import { accountAt, signerKeyAt } from "../../shared/xdr/addresses.ts";
import { entryData } from "../ledger/changes.ts";
import { elements, type Words } from "../../shared/xdr/words.ts";
import { LedgerEntryType, readAccountEntry, readSetOptionsOp, readSigner, skipSigner } from "../../shared/xdr/xdr.generated.ts";
import { accountFlags } from "../../shared/columns/flags.ts";
import type { LedgerOperation } from "./operation.ts";
import { textAt } from "./sc-values.ts";
import type { StateChanges } from "./state-change.ts";

/** Home domain, thresholds, flags and signers of a set-options operation, in this order. */
export function addSetOptions(x: Words, op: LedgerOperation, changes: StateChanges): void {
  const options = readSetOptionsOp(x, op.body);
  const before = sourceBefore(x, op);
  if (before !== 0 && x[options.homeDomain] === 1)
    addHomeDomain(changes, op.source, utf8At(x, readAccountEntry(x, before).homeDomain), utf8At(x, options.homeDomain + 1));
  if (before !== 0) addThresholds(x, op, changes, options, x[readAccountEntry(x, before).thresholds]!);
  addFlags(x, op, changes, options);
  addSigners(x, op, changes);
}

/** Offset of the source's AccountEntry before the operation, or 0 when the ledger does not say it. */
function sourceBefore(x: Words, op: LedgerOperation): number {
  for (const change of op.changes) {
    if (change.type === LedgerEntryType.account && change.pre !== 0 && accountAt(x, entryData(change.pre) + 1) === op.source)
      return entryData(change.pre);
  }
  return 0;
}

/** The string at `p` as UTF-8 text; invalid sequences become U+FFFD. */
export function utf8At(x: Words, p: number): string {
  return Buffer.from(textAt(x, p), "latin1").toString("utf8");
}

function addHomeDomain(changes: StateChanges, account: Address, before: string, after: string): void {
  if (before === after) return;
  if (before === "") changes.add("HOME_DOMAIN", "SET", account).keyValue = { new: after };
  else if (after === "") changes.add("HOME_DOMAIN", "CLEAR", account).keyValue = { old: before };
  else changes.add("HOME_DOMAIN", "UPDATE", account).keyValue = { old: before, new: after };
}

type Options = ReturnType<typeof readSetOptionsOp>;

/** One row a given threshold, even an unchanged one (GAP-23). The thresholds are bytes of one word: master, low, medium, high. */
function addThresholds(x: Words, op: LedgerOperation, changes: StateChanges, options: Options, before: number): void {
  const given = [
    ["LOW", options.lowThreshold, 16],
    ["MEDIUM", options.medThreshold, 8],
    ["HIGH", options.highThreshold, 0],
  ] as const;
  for (const [threshold, p, shift] of given) {
    if (x[p] !== 1) continue;
    const row = changes.add("SIGNATURE_THRESHOLD", "UPDATE", op.source);
    row.threshold = threshold;
    row.thresholdOld = (before >>> shift) & 255;
    row.thresholdNew = x[p + 1]! & 255;
  }
}

/** Straight from the operation; a bit that is set and cleared counts as cleared. */
function addFlags(x: Words, op: LedgerOperation, changes: StateChanges, options: Options): void {
  const clear = x[options.clearFlags] === 1 ? x[options.clearFlags + 1]! : 0;
  const set = x[options.setFlags] === 1 ? x[options.setFlags + 1]! & ~clear : 0;
  if (accountFlags(set) !== 0) changes.add("FLAGS", "SET", op.source).flags = accountFlags(set);
  if (accountFlags(clear) !== 0) changes.add("FLAGS", "CLEAR", op.source).flags = accountFlags(clear);
}

/** Weights by signer: the master key where its weight is above zero, and the signers. */
function signerWeights(x: Words, entry: number): Map<Address, number> {
  const weights = new Map<Address, number>();
  const account = readAccountEntry(x, entryData(entry));
  const master = x[account.thresholds]! >>> 24;
  if (master > 0) weights.set(accountAt(x, account.accountId + 1), master);
  for (const p of elements(x, account.signers, skipSigner)) {
    const signer = readSigner(x, p);
    weights.set(signerKeyAt(x, signer.key), signer.weight);
  }
  return weights;
}

function byText(weights: Map<Address, number>): [Address, number][] {
  return [...weights].sort(([a], [b]) => (a.text < b.text ? -1 : 1));
}

function addSigners(x: Words, op: LedgerOperation, changes: StateChanges): void {
  for (const change of op.sortedChanges) {
    if (change.type !== LedgerEntryType.account || change.post === 0) continue;
    const before: Map<Address, number> = change.pre === 0 ? new Map() : signerWeights(x, change.pre);
    const after = signerWeights(x, change.post);
    for (const [signer, weight] of byText(before)) {
      const now = after.get(signer);
      if (now === weight) continue;
      const row = changes.add("SIGNER", now === undefined ? "REMOVE" : "UPDATE", op.source);
      row.signer = signer;
      row.signerWeightOld = weight;
      if (now !== undefined) row.signerWeightNew = now;
    }
    for (const [signer, weight] of byText(after)) {
      if (before.has(signer)) continue;
      const row = changes.add("SIGNER", "ADD", op.source);
      row.signer = signer;
      row.signerWeightNew = weight;
    }
  }
}
