import { transactionToid } from "../../shared/columns/toid.ts";
import type { Address } from "../ledger/address.ts";
import { StrkeyVersion } from "../../shared/strkey.ts";
import { accountAt, addressAt, scAddressAt } from "../ledger/addresses.ts";
import { entryData } from "../ledger/changes.ts";
import type { Words } from "../ledger/words.ts";
import { AssetType, LedgerEntryType, readContractDataEntry, readTrustLineEntry, ScValType } from "../ledger/xdr.generated.ts";
import { contractEventAt, provenAsset } from "./contract-events.ts";
import { TrustlineEntryFlag, TrustlineFlag } from "../../shared/columns/flags.ts";
import type { LedgerContext, LedgerOperation } from "./operation.ts";
import { mapAt, symbolAt, vectorAt } from "./sc-values.ts";
import { STREAM_BASE, type StateChanges } from "./state-change.ts";

/** Rows of `set_authorized` events of Stellar Asset Contracts. */
export function addSacAuthorizations(context: LedgerContext, op: LedgerOperation, changes: StateChanges): void {
  const { x, ids } = context;
  changes.begin(transactionToid(op.tx.index), op.toid, STREAM_BASE.sacEvents);
  const topicCount = op.tx.metaVersion === 4 ? 3 : 4;
  for (const p of op.tx.events(op.index)) {
    const event = contractEventAt(x, p);
    if (!event || event.name !== "set_authorized" || event.topics.length !== topicCount || x[event.data] !== ScValType.scvBool) continue;
    const holderTopic = event.topics[topicCount - 2]!;
    if (x[holderTopic] !== ScValType.scvAddress) continue;
    if (!provenAsset(x, ids, event.contract, event.topics[topicCount - 1]!)) continue;
    const holder = scAddressAt(x, holderTopic + 1);
    const authorize = x[event.data + 1] === 1;
    if (holder.bytes[0] === StrkeyVersion.account) addForAccount(context, op, changes, event.contract, holder, authorize);
    else if (holder.bytes[0] === StrkeyVersion.contract) addForContract(context, op, changes, event.contract, holder, authorize);
  }
}

function addForAccount(
  { x, ids }: LedgerContext,
  op: LedgerOperation,
  changes: StateChanges,
  contract: Address,
  holder: Address,
  authorize: boolean,
): void {
  const change = op.changes.find((c) => {
    if (c.type !== LedgerEntryType.trustline) return false;
    const entry = entryData(c.post || c.pre);
    const asset = entry + 9;
    return accountAt(x, entry + 1) === holder && x[asset] !== AssetType.assetTypePoolShare && ids.asset(x, asset) === contract;
  });
  if (!change) return;
  const before = change.pre === 0 ? 0 : readTrustLineEntry(x, entryData(change.pre)).flags;
  const wasAuthorized = (before & TrustlineEntryFlag.AUTHORIZED) !== 0;
  const maintained = (before & TrustlineEntryFlag.AUTHORIZED_TO_MAINTAIN_LIABILITIES) !== 0;
  const add = (reason: "SET" | "CLEAR", flags: number): void => {
    const row = changes.add("BALANCE_AUTHORIZATION", reason, holder);
    row.tokenId = contract;
    row.flags = flags;
  };
  if (authorize) {
    if (!wasAuthorized) add("SET", TrustlineFlag.AUTHORIZED);
    if (maintained) add("CLEAR", TrustlineFlag.AUTHORIZED_TO_MAINTAIN_LIABILITIES);
  } else {
    if (wasAuthorized) add("CLEAR", TrustlineFlag.AUTHORIZED);
    if (!maintained) add("SET", TrustlineFlag.AUTHORIZED_TO_MAINTAIN_LIABILITIES);
  }
}

function addForContract(
  { x }: LedgerContext,
  op: LedgerOperation,
  changes: StateChanges,
  contract: Address,
  holder: Address,
  authorize: boolean,
): void {
  for (const change of op.changes) {
    if (change.type !== LedgerEntryType.contractData) continue;
    const data = readContractDataEntry(x, entryData(change.post || change.pre));
    if (x[data.contract] !== 1 || addressAt(x, data.contract + 1, StrkeyVersion.contract) !== contract) continue;
    const key = vectorAt(x, data.key);
    if (
      key?.length !== 2 ||
      symbolAt(x, key[0]!) !== "Balance" ||
      x[key[1]!] !== ScValType.scvAddress ||
      scAddressAt(x, key[1]! + 1) !== holder
    )
      continue;
    const was = change.pre === 0 ? false : authorizedAt(x, readContractDataEntry(x, entryData(change.pre)).val);
    if (was === null || was === authorize) return;
    changes.add("BALANCE_AUTHORIZATION", authorize ? "SET" : "CLEAR", holder).tokenId = contract;
    return;
  }
}

/** The `authorized` member of a SAC balance, a map of exactly three entries; null when the value is not one. */
function authorizedAt(x: Words, p: number): boolean | null {
  const entries = mapAt(x, p);
  if (entries?.length !== 3) return null;
  for (const { key, val } of entries) {
    if (symbolAt(x, key) === "authorized") return x[val] === ScValType.scvBool ? x[val + 1] === 1 : null;
  }
  return null;
}
