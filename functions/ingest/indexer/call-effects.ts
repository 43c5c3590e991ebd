import { hash as digest } from "node:crypto";
import type { Address } from "../../shared/xdr/address.ts";
import { scAddressAt } from "../../shared/xdr/addresses.ts";
import { entryData, type Change } from "../ledger/changes.ts";
import { bytesAt } from "../ledger/ledger.ts";
import { int64, sameWords, type Words } from "../../shared/xdr/words.ts";
import {
  ContractDataDurability,
  LedgerEntryType,
  readContractDataEntry,
  readTtlEntry,
  ScValType,
  skipScVal,
} from "../../shared/xdr/xdr.generated.ts";
import type { LedgerContext, LedgerOperation } from "./operation.ts";

const CONTRACT_ADDRESS = 1;
/** The XDR union arm `CONTRACT_DATA` of a LedgerKey. */
const CONTRACT_DATA_KEY = Uint8Array.of(0, 0, 0, LedgerEntryType.contractData);

/** What the entry changes of a contract call prove that it did, whatever its transaction declares. */
export interface CallEffects {
  /** Contracts whose instance the call created (CAP-46-2), in the order of the changes. */
  created: Set<Address>;
  /** Contracts whose data the call changed, in the order of the changes. Nonces are no data. */
  written: Set<Address>;
  /** Nonces that the call consumed (CAP-46-11), by the address whose they are. */
  nonces: Map<Address, Set<bigint>>;
}

/**
 * Reads the effects of a contract call. An entry that is there unchanged counts for nothing: every entry of a transaction's read-write
 * footprint, which may name anything, is written back and stands in the changes. Neither does one that was only restored.
 */
export function callEffects(context: LedgerContext, op: LedgerOperation): CallEffects {
  const { x } = context;
  const effects: CallEffects = { created: new Set(), written: new Set(), nonces: new Map() };
  let expired: Set<string> | null = null;
  for (const change of op.changes) {
    if (change.type !== LedgerEntryType.contractData || change.restored) continue;
    const { pre, post } = change;
    const data = readContractDataEntry(x, entryData(post || pre));
    if (x[data.key] === ScValType.scvLedgerKeyNonce) {
      if (post === 0) continue;
      // The entry of a nonce that may be used again is overwritten, not created, until it is evicted.
      if (pre !== 0 && !(expired ??= expiredKeys(context, op)).has(keyHash(context, change))) continue;
      const address = scAddressAt(x, data.contract);
      const nonces = effects.nonces.get(address);
      const nonce = int64(x, data.key + 1);
      if (nonces) nonces.add(nonce);
      else effects.nonces.set(address, new Set([nonce]));
      continue;
    }
    if (x[data.contract] !== CONTRACT_ADDRESS) continue;
    const contract = scAddressAt(x, data.contract);
    const isInstance = x[data.key] === ScValType.scvLedgerKeyContractInstance && data.durability === ContractDataDurability.persistent;
    if (isInstance && pre === 0) effects.created.add(contract);
    if (!effects.written.has(contract) && isChanged(x, change, data.val)) effects.written.add(contract);
  }
  return effects;
}

/** @param val offset of the value afterwards, or of the removed one */
function isChanged(x: Words, { pre, post }: Change, val: number): boolean {
  if (pre === 0 || post === 0) return true;
  return !sameWords(x, readContractDataEntry(x, entryData(pre)).val, val, skipScVal(x, val) - val);
}

/** SHA-256 of a changed contract data entry's LedgerKey, which names its TTL entry (CAP-46-12), in hex. */
function keyHash({ ledger }: LedgerContext, { keyStart, keyEnd }: Change): string {
  return digest("sha256", Buffer.concat([CONTRACT_DATA_KEY, bytesAt(ledger.bytes, keyStart, keyEnd - keyStart)]), "hex");
}

/** The key hashes of the TTL entries among the changes that had expired before. */
function expiredKeys({ x, ledger }: LedgerContext, op: LedgerOperation): Set<string> {
  const hashes = new Set<string>();
  for (const { type, pre } of op.changes) {
    if (type !== LedgerEntryType.ttl || pre === 0) continue;
    const entry = readTtlEntry(x, entryData(pre));
    if (entry.liveUntilLedgerSeq < ledger.sequence) hashes.add(Buffer.from(bytesAt(ledger.bytes, entry.keyHash, 8)).toString("hex"));
  }
  return hashes;
}
