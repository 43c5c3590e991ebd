import type { Address } from "../../shared/xdr/address.ts";
import { accountAt, signerKeyAt } from "../../shared/xdr/addresses.ts";
import { elements, type Words } from "../../shared/xdr/words.ts";
import {
  LedgerEntryType,
  OperationType,
  readAccountEntry,
  readAccountEntryExtensionV1,
  readAccountEntryExtensionV2,
  readSetOptionsOp,
  skipSigner,
} from "../../shared/xdr/xdr.generated.ts";
import { entryData, type Change } from "../ledger/changes.ts";
import { sponsorOf } from "../ledger/sponsor.ts";
import type { LedgerOperation } from "./operation.ts";

/** The sponsor of the first entry (in key order) that became sponsored by being made, or of the signer that was set. */
export function newSponsor(x: Words, op: LedgerOperation): Address | null {
  const signer = op.type === OperationType.setOptions ? setSigner(x, op.body) : null;
  for (const change of op.sortedChanges) {
    if (signer && change.type === LedgerEntryType.account && change.post !== 0) {
      const after = signerSponsor(x, change.post, signer);
      if (after && (change.pre === 0 || signerSponsor(x, change.pre, signer) !== after)) return after;
    }
    if (change.pre === 0 && change.post !== 0) {
      const sponsor = sponsorOf(x, change.post);
      if (sponsor) return sponsor;
    }
  }
  return null;
}

/**
 * Adds whoever no longer sponsors, after the operation, an entry or signer that was there before (GAP-7): a claimed balance's creator, whose
 * reserve comes back. Where a sponsorship is revoked, also who takes it over.
 */
export function addFormerSponsors(x: Words, op: LedgerOperation, accounts: Set<Address>): void {
  // Other operations change no sponsor of an entry that stays.
  const mayPassOn = op.type === OperationType.revokeSponsorship || op.type === OperationType.setOptions;
  for (const change of op.changes) {
    if (change.pre === 0 || (change.post !== 0 && !mayPassOn)) continue;
    addChanged(sponsorOf(x, change.pre), change.post === 0 ? null : sponsorOf(x, change.post), accounts);
    if (change.type === LedgerEntryType.account) addSignersSponsors(x, change, accounts);
  }
}

function addChanged(before: Address | null, after: Address | null, accounts: Set<Address>): void {
  if (before === null || before === after) return;
  accounts.add(before);
  if (after) accounts.add(after);
}

function addSignersSponsors(x: Words, { pre, post }: Change, accounts: Set<Address>): void {
  const before = signerSponsors(x, pre);
  if (before === null) return;
  const after = post === 0 ? null : signerSponsors(x, post);
  for (const [signer, sponsor] of before) addChanged(sponsor, after?.get(signer) ?? null, accounts);
}

function setSigner(x: Words, body: number): Address | null {
  const { signer } = readSetOptionsOp(x, body);
  return x[signer] === 1 ? signerKeyAt(x, signer + 1) : null;
}

/** Sponsor of one signer of the account entry at `entry`, or null. */
function signerSponsor(x: Words, entry: number, signer: Address): Address | null {
  return signerSponsors(x, entry)?.get(signer) ?? null;
}

/** Sponsors of the signers of the account entry at `entry`; null: no signer has one. */
function signerSponsors(x: Words, entry: number): Map<Address, Address | null> | null {
  const account = readAccountEntry(x, entryData(entry));
  if (x[account.ext] !== 1) return null;
  const v1 = readAccountEntryExtensionV1(x, account.ext + 1);
  if (x[v1.ext] !== 2) return null;
  let at = readAccountEntryExtensionV2(x, v1.ext + 1).signerSponsoringIDs + 1;
  const sponsors = new Map<Address, Address | null>();
  for (const p of elements(x, account.signers, skipSigner)) {
    const isSponsored = x[at] === 1;
    sponsors.set(signerKeyAt(x, p), isSponsored ? accountAt(x, at + 2) : null);
    at += isSponsored ? 10 : 1;
  }
  return sponsors;
}
