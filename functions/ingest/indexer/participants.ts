import type { Address } from "../../shared/xdr/address.ts";
import { accountAt, muxedToAccount, signerKeyAt } from "../../shared/xdr/addresses.ts";
import { entryData, type Change } from "../ledger/changes.ts";
import { sponsorOf } from "../ledger/sponsor.ts";
import type { LedgerTransaction } from "../ledger/transactions.ts";
import { elements, type Words } from "../../shared/xdr/words.ts";
import {
  LedgerEntryType,
  OperationType,
  readAccountEntry,
  readAccountEntryExtensionV1,
  readAccountEntryExtensionV2,
  readAllowTrustOp,
  readClawbackOp,
  readCreateClaimableBalanceOp,
  readPathPaymentStrictReceiveOp,
  readPathPaymentStrictSendOp,
  readSetOptionsOp,
  readSetTrustLineFlagsOp,
  skipClaimant,
  skipSigner,
} from "../../shared/xdr/xdr.generated.ts";
import type { LedgerOperation } from "./operation.ts";

/**
 * Adds the classic participants of an operation, failed ones included: source, counterparties and at most one sponsor.
 */
export function addClassicParticipants(x: Words, op: LedgerOperation, accounts: Set<Address>): void {
  accounts.add(op.source);
  const { body } = op;
  switch (op.type) {
    case OperationType.createAccount:
      accounts.add(accountAt(x, body + 1));
      break;
    case OperationType.payment:
    case OperationType.accountMerge:
      accounts.add(muxedToAccount(x, body));
      break;
    case OperationType.pathPaymentStrictReceive:
      accounts.add(muxedToAccount(x, readPathPaymentStrictReceiveOp(x, body).destination));
      break;
    case OperationType.pathPaymentStrictSend:
      accounts.add(muxedToAccount(x, readPathPaymentStrictSendOp(x, body).destination));
      break;
    case OperationType.allowTrust:
      accounts.add(accountAt(x, readAllowTrustOp(x, body).trustor + 1));
      break;
    case OperationType.setTrustLineFlags:
      accounts.add(accountAt(x, readSetTrustLineFlagsOp(x, body).trustor + 1));
      break;
    case OperationType.createClaimableBalance:
      // Claimant: a union with one arm, then the destination's PublicKey.
      for (const claimant of elements(x, readCreateClaimableBalanceOp(x, body).claimants, skipClaimant))
        accounts.add(accountAt(x, claimant + 2));
      break;
    case OperationType.beginSponsoringFutureReserves:
      accounts.add(accountAt(x, body + 1));
      break;
    case OperationType.endSponsoringFutureReserves: {
      const sponsor = sandwichSponsor(x, op);
      if (sponsor) accounts.add(sponsor);
      break;
    }
    case OperationType.revokeSponsorship: {
      const owner = revokedOwner(x, body);
      if (owner) accounts.add(owner);
      break;
    }
    case OperationType.clawback:
      accounts.add(muxedToAccount(x, readClawbackOp(x, body).from));
      break;
  }
  const sponsor = newSponsor(x, op);
  if (sponsor) accounts.add(sponsor);
}

/** Who began the sponsorship that this operation ends: the nearest earlier begin operation for its source. */
function sandwichSponsor(x: Words, op: LedgerOperation): Address | null {
  if (!op.tx.successful) return null;
  const { operations } = op.tx.envelope;
  for (let i = op.index - 1; i >= 0; i--) {
    const start = operations[i]!;
    const hasSource = x[start] === 1;
    const body = hasSource ? (x[start + 1] === 0 ? start + 10 : start + 12) : start + 1;
    if (x[body] === OperationType.beginSponsoringFutureReserves && accountAt(x, body + 2) === op.source) {
      return hasSource ? muxedToAccount(x, start + 1) : op.tx.envelope.source;
    }
  }
  return null;
}

/** Owner of what a revoke-sponsorship operation names; claimable balances and pools have no owner. */
function revokedOwner(x: Words, body: number): Address | null {
  if (x[body] === 1) return accountAt(x, body + 2);
  const type = x[body + 1]!;
  const owned =
    type === LedgerEntryType.account ||
    type === LedgerEntryType.data ||
    type === LedgerEntryType.offer ||
    type === LedgerEntryType.trustline;
  return owned ? accountAt(x, body + 3) : null;
}

/** The sponsor of the first entry (in key order) that became sponsored by being made, or of the signer that was set. */
function newSponsor(x: Words, op: LedgerOperation): Address | null {
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

function setSigner(x: Words, body: number): Address | null {
  const { signer } = readSetOptionsOp(x, body);
  return x[signer] === 1 ? signerKeyAt(x, signer + 1) : null;
}

/** Sponsor of one signer of the account entry at `entry`, or null. */
function signerSponsor(x: Words, entry: number, signer: Address): Address | null {
  const account = readAccountEntry(x, entryData(entry));
  if (x[account.ext] !== 1) return null;
  const v1 = readAccountEntryExtensionV1(x, account.ext + 1);
  if (x[v1.ext] !== 2) return null;
  let at = readAccountEntryExtensionV2(x, v1.ext + 1).signerSponsoringIDs + 1;
  for (const p of elements(x, account.signers, skipSigner)) {
    const sponsored = x[at] === 1;
    if (signerKeyAt(x, p) === signer) return sponsored ? accountAt(x, at + 2) : null;
    at += sponsored ? 10 : 1;
  }
  return null;
}

/**
 * Adds the accounts that belong to a transaction whatever its operations are: source, fee account and every account entry in
 * its fee changes.
 */
export function addTransactionParticipants(x: Words, tx: LedgerTransaction, feeChanges: readonly Change[], accounts: Set<Address>): void {
  accounts.add(tx.envelope.source);
  accounts.add(tx.envelope.feeAccount);
  for (const change of feeChanges) {
    if (change.type === LedgerEntryType.account) accounts.add(accountAt(x, entryData(change.post || change.pre) + 1));
  }
}
