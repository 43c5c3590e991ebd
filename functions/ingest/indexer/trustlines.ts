import { accountAt } from "../../shared/xdr/addresses.ts";
import { entryData, type Change } from "../ledger/changes.ts";
import { bytesAt } from "../ledger/ledger.ts";
import { int64, sameWords, type Words } from "../../shared/xdr/words.ts";
import {
  AssetType,
  LedgerEntryType,
  readChangeTrustOp,
  readTrustLineEntry,
  skipChangeTrustAsset,
  skipLiquidityPoolParameters,
} from "../../shared/xdr/xdr.generated.ts";
import { hash as digest } from "node:crypto";
import { sevenDecimals } from "../../shared/columns/amounts.ts";
import { trustlineFlags } from "../../shared/columns/flags.ts";
import type { LedgerContext, LedgerOperation } from "./operation.ts";
import type { StateChangeRow } from "./rows.ts";
import type { StateChanges } from "./state-change.ts";

/** The trustline that a change-trust operation made, changed or removed, and the authorisation it starts with. */
export function addTrustline(context: LedgerContext, op: LedgerOperation, changes: StateChanges): void {
  const { x } = context;
  const { line, limit } = readChangeTrustOp(x, op.body);
  const change = op.sortedChanges.find((c) => c.type === LedgerEntryType.trustline && assetOf(x, c) === x[line]);
  if (!change) return;
  const isPool = x[line] === AssetType.assetTypePoolShare;
  const poolId = isPool ? poolIdOf(context, line) : null;
  const token = (row: StateChangeRow): StateChangeRow => {
    if (poolId) row.liquidityPoolId = poolId.toString("hex");
    else row.tokenId = context.ids.asset(x, line);
    return row;
  };
  const newLimit = sevenDecimals(int64(x, limit));
  if (change.pre === 0) {
    token(changes.add("TRUSTLINE", "ADD", op.source)).trustlineLimitNew = newLimit;
    const entry = entryOf(context, op, line, poolId, "post");
    if (entry === 0 && !isPool) return;
    const row = token(changes.add("BALANCE_AUTHORIZATION", "SET", op.source));
    const flags = isPool ? 0 : trustlineFlags(readTrustLineEntry(x, entry).flags);
    row.flags = flags === 0 ? null : flags;
    row.trustlineLimitNew = newLimit;
  } else if (change.post === 0) {
    token(changes.add("TRUSTLINE", "REMOVE", op.source));
  } else {
    const before = entryOf(context, op, line, poolId, "pre");
    if (before === 0) return;
    const row = token(changes.add("TRUSTLINE", "UPDATE", op.source));
    // All three limits in decimals (D13).
    row.trustlineLimitOld = sevenDecimals(int64(x, readTrustLineEntry(x, before).limit));
    row.trustlineLimitNew = newLimit;
  }
}

/** Asset type of a changed trustline. */
function assetOf(x: Words, change: Change): number {
  // TrustLineEntry: PublicKey (9 words), then the asset.
  return x[entryData(change.post || change.pre) + 9]!;
}

/** SHA-256 of the LiquidityPoolParameters of a pool-share line. */
function poolIdOf({ x, ledger }: LedgerContext, line: number): Buffer {
  const p = line + 1;
  return digest("sha256", bytesAt(ledger.bytes, p, skipLiquidityPoolParameters(x, p) - p), "buffer");
}

/** Offset of the TrustLineEntry of the operation's source and line in the changes' states, or 0. */
function entryOf({ x, ledger }: LedgerContext, op: LedgerOperation, line: number, poolId: Buffer | null, side: "pre" | "post"): number {
  for (const change of op.changes) {
    if (change.type !== LedgerEntryType.trustline || change[side] === 0) continue;
    const entry = entryData(change[side]);
    if (accountAt(x, entry + 1) !== op.source) continue;
    const asset = entry + 9;
    if (x[asset] !== x[line]) continue;
    const same = poolId
      ? poolId.equals(bytesAt(ledger.bytes, asset + 1, 8))
      : sameWords(x, asset, line, skipChangeTrustAsset(x, line) - line);
    if (same) return entry;
  }
  return 0;
}
