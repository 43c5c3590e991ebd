import { StrkeyVersion } from "../../../shared/strkey.ts";
import type { Address } from "../../../shared/xdr/address.ts";
import { addressAt } from "../../../shared/xdr/addresses.ts";
import { elements, int128, sameWords, type Words } from "../../../shared/xdr/words.ts";
import { readScContractInstance, readScMapEntry, ScValType, skipScMapEntry } from "../../../shared/xdr/xdr.generated.ts";
import type { Change } from "../../ledger/changes.ts";
import { symbolAt, vectorAt } from "../sc-values.ts";
import { valueOf } from "../token-entries.ts";

/** What a ledger did to a contract's instance. */
interface InstanceState {
  /** The ScContractInstance that it leaves; 0: the instance is gone. */
  instance: number;
  /** Did it get another executable, or is it new? */
  isOther: boolean;
}

/**
 * The instances that a ledger changed, by contract. They are many and asked for rarely, so they are read when they are.
 * @param changes of instances, in their order
 */
export function instanceStates(x: Words, changes: readonly Change[]): Map<Address, InstanceState> {
  const states = new Map<Address, InstanceState>();
  for (const change of changes) {
    const contract = addressAt(x, change.keyStart + 1, StrkeyVersion.contract);
    const before = states.get(contract);
    const instance = instanceAt(x, change.post, change);
    // An archived instance comes back as it was.
    const isOther = instance === 0 || (!change.restored && !hasSameExecutable(x, instanceAt(x, change.pre, change), instance));
    if (before) Object.assign(before, { instance, isOther: before.isOther || isOther });
    else states.set(contract, { instance, isOther });
  }
  return states;
}

function instanceAt(x: Words, entry: number, change: Change): number {
  if (entry === 0) return 0;
  const value = valueOf(entry, change);
  return x[value] === ScValType.scvContractInstance ? value + 1 : 0;
}

function hasSameExecutable(x: Words, before: number, after: number): boolean {
  if (before === 0 || after === 0) return false;
  const a = readScContractInstance(x, before);
  const b = readScContractInstance(x, after);
  const length = a.storage - a.executable;
  return length === b.storage - b.executable && sameWords(x, a.executable, b.executable, length);
}

/**
 * The supply that a contract's instance says: an i128 under `vec[symbol TotalSupply]` (OpenZeppelin, stellar-contracts
 * `packages/tokens/src/fungible/storage.rs`) or the symbol itself; null when there is none.
 */
export function storedSupply(x: Words, instance: number): bigint | null {
  const { storage } = readScContractInstance(x, instance);
  if (x[storage] !== 1) return null;
  for (const p of elements(x, storage + 1, skipScMapEntry)) {
    const { key, val } = readScMapEntry(x, p);
    if (x[val] !== ScValType.scvI128) continue;
    const names = vectorAt(x, key);
    const name = names === null ? key : names.length === 1 ? names[0]! : null;
    if (name !== null && symbolAt(x, name) === "TotalSupply") return int128(x, val + 1);
  }
  return null;
}
