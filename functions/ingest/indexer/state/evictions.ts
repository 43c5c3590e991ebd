import { hash as digest } from "node:crypto";
import { elements } from "../../../shared/xdr/words.ts";
import { ContractDataDurability, LedgerEntryType, skipLedgerKey } from "../../../shared/xdr/xdr.generated.ts";
import { bytesAt, type Ledger } from "../../ledger/ledger.ts";

/**
 * Hashes of the keys of persistent contract data that the ledger moved to the hot archive (CAP-62). The ledger lists what it evicted with
 * keys alone: temporary data and TTLs, which are deleted, and persistent data and code, which can be restored.
 */
export function evictedKeyHashes({ x, bytes, evictedKeys }: Ledger): Uint8Array[] {
  if (evictedKeys === 0 || x[evictedKeys] === 0) return [];
  const hashes: Uint8Array[] = [];
  for (const p of elements(x, evictedKeys, skipLedgerKey)) {
    if (x[p] !== LedgerEntryType.contractData) continue;
    const end = skipLedgerKey(x, p);
    // A key of contract data ends with its durability.
    if (x[end - 1] === ContractDataDurability.persistent) hashes.push(digest("sha256", bytesAt(bytes, p, end - p), "buffer"));
  }
  return hashes;
}
