import {
  ContractDataDurability,
  LedgerEntryType,
  readContractDataEntry,
  readScContractInstance,
  ScValType,
} from "../../shared/xdr/xdr.generated.ts";
import { scAddressAt } from "../../shared/xdr/addresses.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { EntryStates } from "./entry-states.ts";
import { scMap, type ScValue } from "./sc-value.ts";

/** How much there is of contract tokens: what the instances that the ledger leaves say, by contract, as decimal text. */
export function storedSupplies(ledger: Ledger, states: readonly EntryStates[]): Map<string, string> {
  const { x } = ledger;
  const supplies = new Map<string, string>();
  for (const { type, changed, last } of states) {
    if (type !== LedgerEntryType.contractData || !changed || last === 0) continue;
    const { contract, key, durability, val } = readContractDataEntry(x, last + 2);
    if (x[key] !== ScValType.scvLedgerKeyContractInstance || x[val] !== ScValType.scvContractInstance) continue;
    if (durability !== ContractDataDurability.persistent || x[contract] !== 1) continue;
    const { storage } = readScContractInstance(x, val + 1);
    const supply = x[storage] === 1 ? totalSupply(scMap(ledger, storage + 1)) : null;
    if (supply !== null) supplies.set(scAddressAt(x, contract).text, supply);
  }
  return supplies;
}

/** The first i128 that is called so, by a symbol or a vector of one. */
function totalSupply(map: readonly ScValue[]): string | null {
  for (let at = 1; at < map.length; at += 2) {
    const [key, value] = [map[at], map[at + 1]];
    const name = Array.isArray(key) && key.length === 1 ? key[0] : key;
    if (name === "symbol TotalSupply" && typeof value === "string" && value.startsWith("i128 ")) return value.slice("i128 ".length);
  }
  return null;
}
