import { transactionToid } from "../../shared/columns/toid.ts";
import type { KeyValue } from "../../shared/columns/key-value.ts";
import type { Address } from "../../shared/xdr/address.ts";
import { hasRows } from "./movements.ts";
import type { LedgerContext, LedgerOperation } from "./operation.ts";
import { STREAM_BASE, type StateChanges } from "./state-change.ts";
import { type ReceiverId, tokenEvents, type TokenApproval, type TokenMovement } from "./token-events.ts";

/**
 * Rows of what events in the shape of SEP-41 tell, of every contract, token or not, as the events say it: whoever shows them decides by the
 * contract's code. Their parties take part in the operation; those with a row do so by their row, a spender is added here.
 */
export function addTokenEvents(context: LedgerContext, op: LedgerOperation, changes: StateChanges, participants: Set<Address>): void {
  const events = tokenEvents(context, op);
  if (events.length === 0) return;
  changes.begin(transactionToid(op.tx.index), op.toid, STREAM_BASE.tokenEvents);
  for (const event of events) {
    if (event.kind === "approve") {
      addApproval(changes, event);
      if (hasRows(event.spender)) participants.add(event.spender);
    } else addMovement(changes, event);
  }
}

/** Unlike an asset's, a token's mint and burn are the holder's: there is no issuer. */
function addMovement(changes: StateChanges, { kind, contract, from, to, amount, receiverId }: TokenMovement): void {
  const text = String(amount);
  const isTransfer = kind === "transfer";
  if (from && hasRows(from)) changes.balance(isTransfer ? "DEBIT" : "BURN", from, contract, text, to);
  if (!to || !hasRows(to)) return;
  const row = changes.balance(isTransfer ? "CREDIT" : "MINT", to, contract, text, from);
  if (receiverId?.kind === "id") row.toMuxedId = receiverId.value;
  else if (receiverId) row.keyValue = keyValueOf(receiverId);
}

function keyValueOf({ kind, value }: ReceiverId): KeyValue {
  return kind === "text" ? { to_text: value } : { to_bytes: value };
}

function addApproval(changes: StateChanges, { contract, owner, spender, amount, liveUntilLedger }: TokenApproval): void {
  if (!hasRows(owner)) return;
  const row = changes.add("ALLOWANCE", "UPDATE", owner);
  row.tokenId = contract;
  row.spender = spender;
  row.amount = String(amount);
  row.keyValue = { live_until_ledger: liveUntilLedger };
}
