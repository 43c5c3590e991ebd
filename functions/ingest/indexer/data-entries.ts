import { accountAt } from "../../shared/xdr/addresses.ts";
import { entryData } from "../ledger/changes.ts";
import { bytesAt } from "../ledger/ledger.ts";
import { sameWords } from "../../shared/xdr/words.ts";
import { LedgerEntryType, readDataEntry, readManageDataOp } from "../../shared/xdr/xdr.generated.ts";
import type { LedgerContext, LedgerOperation } from "./operation.ts";
import { utf8At } from "./set-options.ts";
import type { StateChanges } from "./state-change.ts";

/** The data entry that a manage-data operation made, changed or removed. Values are base64. */
export function addDataEntry(context: LedgerContext, op: LedgerOperation, changes: StateChanges): void {
  const { x } = context;
  const change = op.sortedChanges.find((c) => c.type === LedgerEntryType.data);
  if (!change) return;
  const { dataName } = readManageDataOp(x, op.body);
  const reason = change.pre === 0 ? "ADD" : change.post === 0 ? "REMOVE" : "UPDATE";
  const row = changes.add("DATA_ENTRY", reason, op.source);
  row.dataEntryName = utf8At(x, dataName);
  row.keyValue = {};
  if (reason !== "ADD") row.keyValue.old = base64Before(context, op, dataName);
  if (reason !== "REMOVE") row.keyValue.new = valueAt(context, change.post);
}

function valueAt({ x, ledger }: LedgerContext, entry: number): string {
  const { dataValue } = readDataEntry(x, entryData(entry));
  const length = x[dataValue]! >>> 0;
  return Buffer.from(bytesAt(ledger.bytes, dataValue + 1, Math.ceil(length / 4)).subarray(0, length)).toString("base64");
}

/** The value before, of the entry with the operation's owner and name. */
function base64Before(context: LedgerContext, op: LedgerOperation, name: number): string {
  const { x } = context;
  const words = 1 + Math.ceil((x[name]! >>> 0) / 4);
  for (const { type, pre } of op.changes) {
    if (type !== LedgerEntryType.data || pre === 0) continue;
    const entry = readDataEntry(x, entryData(pre));
    if (accountAt(x, entry.accountId + 1) === op.source && sameWords(x, entry.dataName, name, words)) return valueAt(context, pre);
  }
  return "";
}
