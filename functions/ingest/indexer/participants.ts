import type { Address } from "../../shared/xdr/address.ts";
import { accountAt, muxedToAccount } from "../../shared/xdr/addresses.ts";
import { entryData, type Change } from "../ledger/changes.ts";
import type { LedgerTransaction } from "../ledger/transactions.ts";
import { elements, type Words } from "../../shared/xdr/words.ts";
import {
  LedgerEntryType,
  OperationType,
  readAllowTrustOp,
  readClawbackOp,
  readCreateClaimableBalanceOp,
  readPathPaymentStrictReceiveOp,
  readPathPaymentStrictSendOp,
  readSetTrustLineFlagsOp,
  skipClaimant,
} from "../../shared/xdr/xdr.generated.ts";
import type { LedgerOperation } from "./operation.ts";
import { addFormerSponsors, newSponsor } from "./sponsors.ts";

/**
 * Adds the classic participants of an operation, failed ones included: source, counterparties, at most one sponsor of what is new, and the
 * sponsors of what is gone.
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
  addFormerSponsors(x, op, accounts);
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
