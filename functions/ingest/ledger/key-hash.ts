import { hash as digest } from "node:crypto";
import type { Address } from "../../shared/xdr/address.ts";
import { ContractDataDurability, LedgerEntryType, readContractDataEntry, ScValType } from "../../shared/xdr/xdr.generated.ts";
import { entryData } from "./changes.ts";
import { bytesAt, type Ledger } from "./ledger.ts";

/** A word of XDR. */
function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

const CONTRACT_DATA = word(LedgerEntryType.contractData);
/** In front of a contract's id, in its ScAddress: SC_ADDRESS_TYPE_CONTRACT. */
const CONTRACT = word(1);
const INSTANCE = Buffer.concat([word(ScValType.scvLedgerKeyContractInstance), word(ContractDataDurability.persistent)]);

const TAG = word(ScValType.scvExecutableTag);
const PERSISTENT = word(ContractDataDurability.persistent);

const instances = new WeakMap<Address, Buffer>();

/** SHA-256 of the LedgerKey of a contract data entry, whose LedgerEntry is at word `entry`: the key of its TTL entry (CAP-46-12). */
export function dataKeyHash({ x, bytes }: Ledger, entry: number): Buffer {
  // The key's fields stand together in the entry, behind its extension point and before its value.
  const start = entryData(entry) + 1;
  const { val } = readContractDataEntry(x, entryData(entry));
  return digest("sha256", Buffer.concat([CONTRACT_DATA, bytesAt(bytes, start, val - start)]), "buffer");
}

/** The same of a contract's instance entry. Remembered as long as the address is: ledger after ledger calls the same contracts. */
export function instanceKeyHash(contract: Address): Buffer {
  let hash = instances.get(contract);
  if (hash === undefined) {
    hash = digest("sha256", Buffer.concat([CONTRACT_DATA, CONTRACT, contract.bytes.subarray(1), INSTANCE]), "buffer");
    instances.set(contract, hash);
  }
  return hash;
}

/** The same of a tag's entry (CAP-85). @param owner XDR `ScAddress` @param tag XDR `SCString` */
export function tagKeyHash(owner: Uint8Array, tag: Uint8Array): Buffer {
  return digest("sha256", Buffer.concat([CONTRACT_DATA, owner, TAG, tag, PERSISTENT]), "buffer");
}
