import { NO_OPERATION, transactionToid } from "../../shared/columns/toid.ts";
import type { Address } from "../../shared/xdr/address.ts";
import { accountAt } from "../../shared/xdr/addresses.ts";
import { entryData } from "../ledger/changes.ts";
import type { LedgerTransaction } from "../ledger/transactions.ts";
import { int64 } from "../../shared/xdr/words.ts";
import { LedgerEntryType, OperationType } from "../../shared/xdr/xdr.generated.ts";
import { classicMovements } from "./classic-movements.ts";
import { createdAccounts } from "./call-made-entries.ts";
import { sacMovement } from "./contract-events.ts";
import { netFee } from "./fees.ts";
import { addMovement, type Movement } from "./movements.ts";
import type { LedgerContext, LedgerOperation } from "./operation.ts";
import { STREAM_BASE, type StateChanges } from "./state-change.ts";

/** The fee row of a transaction: failed ones have it too. */
export function addFee(context: LedgerContext, tx: LedgerTransaction, changes: StateChanges): void {
  const fee = netFee(context.x, tx);
  if (fee === 0n) return;
  changes.begin(transactionToid(tx.index), NO_OPERATION, STREAM_BASE.tokenTransfer);
  // A refund larger than the fee is a credit of the difference (D16).
  changes.balance(fee > 0n ? "DEBIT" : "CREDIT", tx.envelope.feeAccount, context.ids.native(), String(fee > 0n ? fee : -fee), null);
}

/** Rows of the token movements of one operation of a successful transaction. */
export function addTokenTransfers(context: LedgerContext, op: LedgerOperation, changes: StateChanges): void {
  changes.begin(transactionToid(op.tx.index), op.toid, STREAM_BASE.tokenTransfer);
  if (op.type === OperationType.invokeHostFunction) {
    addContractMovements(context, op, changes);
    return;
  }
  const movements = classicMovements(context, op);
  if (context.ledger.protocolVersion < 8) reconcile(context, op, movements);
  for (const movement of movements) addMovement(changes, op.type, op.source, movement);
}

function addContractMovements(context: LedgerContext, op: LedgerOperation, changes: StateChanges): void {
  let created: Set<Address> | null = null;
  for (const event of op.contractEvents) {
    const movement = sacMovement(context.x, context.ids, event, op.tx.metaVersion);
    if (!movement) continue;
    const { kind, asset, from, to } = movement;
    // The first XLM that an account gets creates it (CAP-73).
    if (kind === "transfer" && from && to && asset.contract === context.ids.native())
      if ((created ??= createdAccounts(context, op)).delete(to)) changes.add("ACCOUNT", "CREATE", to).creator = from;
    addMovement(changes, op.type, op.source, movement);
  }
}

/**
 * Before protocol 8 core could change the source's XLM without an operation's result saying so: the difference to what the
 * movements tell becomes a mint (first) or a burn (last).
 */
function reconcile({ x, ids }: LedgerContext, op: LedgerOperation, movements: Movement[]): void {
  const native = ids.native();
  let expected = 0n;
  for (const { asset, from, to, amount } of movements) {
    if (asset.contract !== native) continue;
    if (from === op.source) expected -= amount;
    if (to === op.source) expected += amount;
  }
  let actual = 0n;
  for (const { type, pre, post } of op.changes) {
    if (type !== LedgerEntryType.account || accountAt(x, entryData(post || pre) + 1) !== op.source) continue;
    actual += (post === 0 ? 0n : int64(x, entryData(post) + 9)) - (pre === 0 ? 0n : int64(x, entryData(pre) + 9));
  }
  const asset = { issuer: null, contract: native };
  if (actual > expected) movements.unshift({ kind: "mint", asset, from: null, to: op.source, amount: actual - expected, toMuxedId: null });
  if (actual < expected) movements.push({ kind: "burn", asset, from: op.source, to: null, amount: expected - actual, toMuxedId: null });
}
