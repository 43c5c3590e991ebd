import { transactionToid } from "../../shared/columns/toid.ts";
import type { Address } from "../../shared/xdr/address.ts";
import { StrkeyVersion } from "../../shared/strkey.ts";
import { accountAt, addressAt, scAddressAt } from "../../shared/xdr/addresses.ts";
import { entryData, type Change } from "../ledger/changes.ts";
import type { Words } from "../../shared/xdr/words.ts";
import { AssetType, LedgerEntryType, readContractDataEntry, readTrustLineEntry, ScValType } from "../../shared/xdr/xdr.generated.ts";
import { provenAsset } from "./contract-events.ts";
import { TrustlineEntryFlag, TrustlineFlag } from "../../shared/columns/flags.ts";
import type { LedgerContext, LedgerOperation } from "./operation.ts";
import { mapAt, symbolAt, vectorAt } from "./sc-values.ts";
import { STREAM_BASE, type StateChanges } from "./state-change.ts";

/** Rows of `set_authorized` events of Stellar Asset Contracts. */
export function addSacAuthorizations(context: LedgerContext, op: LedgerOperation, changes: StateChanges): void {
  const { x, ids } = context;
  changes.begin(transactionToid(op.tx.index), op.toid, STREAM_BASE.sacEvents);
  const topicCount = op.tx.metaVersion === 4 ? 3 : 4;
  let found: HolderChanges | null = null;
  for (const event of op.contractEvents) {
    if (event.name !== "set_authorized" || event.topics.length !== topicCount || x[event.data] !== ScValType.scvBool) continue;
    const holderTopic = event.topics[topicCount - 2]!;
    if (x[holderTopic] !== ScValType.scvAddress) continue;
    if (!provenAsset(x, ids, event.contract, event.topics[topicCount - 1]!)) continue;
    const holder = scAddressAt(x, holderTopic + 1);
    const change = (found ??= holderChanges(context, op)).get(event.contract)?.get(holder);
    if (!change) continue;
    const authorize = x[event.data + 1] === 1;
    if (change.type === LedgerEntryType.trustline) addForAccount(x, changes, change, event.contract, holder, authorize);
    else addForContract(x, changes, change, event.contract, holder, authorize);
  }
}

/** The first change of a holder's trustline or balance, by asset contract and holder. */
type HolderChanges = Map<Address, Map<Address, Change>>;

/** Collected once an operation, so that many events take time by their number alone. */
function holderChanges({ x, ids }: LedgerContext, op: LedgerOperation): HolderChanges {
  const found: HolderChanges = new Map();
  const add = (contract: Address, holder: Address, change: Change): void => {
    let ofContract = found.get(contract);
    if (!ofContract) found.set(contract, (ofContract = new Map()));
    if (!ofContract.has(holder)) ofContract.set(holder, change);
  };
  for (const change of op.changes) {
    const entry = entryData(change.post || change.pre);
    if (change.type === LedgerEntryType.trustline) {
      const asset = entry + 9;
      if (x[asset] !== AssetType.assetTypePoolShare) add(ids.asset(x, asset), accountAt(x, entry + 1), change);
    } else if (change.type === LedgerEntryType.contractData) {
      const data = readContractDataEntry(x, entry);
      const key = vectorAt(x, data.key);
      if (x[data.contract] !== 1 || key?.length !== 2 || symbolAt(x, key[0]!) !== "Balance" || x[key[1]!] !== ScValType.scvAddress)
        continue;
      const holder = scAddressAt(x, key[1]! + 1);
      // An account's balance is its trustline.
      if (holder.bytes[0] === StrkeyVersion.contract) add(addressAt(x, data.contract + 1, StrkeyVersion.contract), holder, change);
    }
  }
  return found;
}

function addForAccount(x: Words, changes: StateChanges, { pre }: Change, contract: Address, holder: Address, authorize: boolean): void {
  const before = pre === 0 ? 0 : readTrustLineEntry(x, entryData(pre)).flags;
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

function addForContract(x: Words, changes: StateChanges, { pre }: Change, contract: Address, holder: Address, authorize: boolean): void {
  const was = pre === 0 ? false : authorizedAt(x, readContractDataEntry(x, entryData(pre)).val);
  if (was === null || was === authorize) return;
  changes.add("BALANCE_AUTHORIZATION", authorize ? "SET" : "CLEAR", holder).tokenId = contract;
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
