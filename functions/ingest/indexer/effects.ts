import { transactionToid } from "../../shared/columns/toid.ts";
import { accountAt } from "../../shared/xdr/addresses.ts";
import { OperationType, readAllowTrustOp, readSetTrustLineFlagsOp, skipAssetCode } from "../../shared/xdr/xdr.generated.ts";
import { addCallMadeEntries, addMasterSigner } from "./call-made-entries.ts";
import { addDataEntry } from "./data-entries.ts";
import { TrustlineEntryFlag, TrustlineFlag, trustlineFlags } from "../../shared/columns/flags.ts";
import type { LedgerContext, LedgerOperation } from "./operation.ts";
import { addSetOptions } from "./set-options.ts";
import { STREAM_BASE, type StateChanges } from "./state-change.ts";
import { addTrustline } from "./trustlines.ts";

/** Rows of what an operation of a successful transaction did to accounts themselves. */
export function addEffects(context: LedgerContext, op: LedgerOperation, changes: StateChanges): void {
  const { x } = context;
  changes.begin(transactionToid(op.tx.index), op.toid, STREAM_BASE.effects);
  switch (op.type) {
    case OperationType.createAccount:
      addMasterSigner(changes, accountAt(x, op.body + 1));
      return;
    case OperationType.setOptions:
      addSetOptions(x, op, changes);
      return;
    case OperationType.changeTrust:
      addTrustline(context, op, changes);
      return;
    case OperationType.allowTrust:
      addAllowTrust(context, op, changes);
      return;
    case OperationType.setTrustLineFlags:
      addTrustLineFlags(context, op, changes);
      return;
    case OperationType.manageData:
      addDataEntry(context, op, changes);
      return;
    case OperationType.invokeHostFunction:
      addCallMadeEntries(context, op, changes);
  }
}

function addAllowTrust({ x, ids }: LedgerContext, op: LedgerOperation, changes: StateChanges): void {
  const { trustor, asset, authorize } = readAllowTrustOp(x, op.body);
  const [reason, flags] =
    authorize & TrustlineEntryFlag.AUTHORIZED
      ? (["SET", TrustlineFlag.AUTHORIZED] as const)
      : authorize & TrustlineEntryFlag.AUTHORIZED_TO_MAINTAIN_LIABILITIES
        ? (["SET", TrustlineFlag.AUTHORIZED_TO_MAINTAIN_LIABILITIES] as const)
        : (["CLEAR", TrustlineFlag.AUTHORIZED | TrustlineFlag.AUTHORIZED_TO_MAINTAIN_LIABILITIES] as const);
  const row = changes.add("BALANCE_AUTHORIZATION", reason, accountAt(x, trustor + 1));
  // An AssetCode: the asset's type and code; its issuer is the operation's source.
  let code = "";
  for (let p = asset + 1; p < skipAssetCode(x, asset); p++)
    code += String.fromCharCode(x[p]! >>> 24, (x[p]! >>> 16) & 255, (x[p]! >>> 8) & 255, x[p]! & 255);
  row.tokenId = ids.fromCodeAndIssuer(code.replace(/\0+$/, ""), op.source);
  row.flags = flags;
}

function addTrustLineFlags({ x, ids }: LedgerContext, op: LedgerOperation, changes: StateChanges): void {
  const { trustor, asset, setFlags, clearFlags } = readSetTrustLineFlagsOp(x, op.body);
  for (const [reason, xdr] of [
    ["SET", setFlags],
    ["CLEAR", clearFlags],
  ] as const) {
    const flags = trustlineFlags(xdr);
    if (flags === 0) continue;
    const row = changes.add("BALANCE_AUTHORIZATION", reason, accountAt(x, trustor + 1));
    row.tokenId = ids.asset(x, asset);
    row.flags = flags;
  }
}
