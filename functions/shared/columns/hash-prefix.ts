/**
 * Hash prefixes: `transaction_hashes.hash_prefix`. bigint: the first 8 bytes of the transaction's hash, big-endian and signed. Not
 * unique, so serve compares the whole hash with what it finds. A fee bump is found by the hash of its inner transaction too.
 *
 * Ingest writes it as two 32-bit halves, serve asks for it as decimal text.
 */

import { int32At } from "./int32-at.ts";

/** The high half, signed. */
export function hashPrefixHigh(hash: Uint8Array): number {
  return int32At(hash, 0);
}

/** The low half, signed. */
export function hashPrefixLow(hash: Uint8Array): number {
  return int32At(hash, 4);
}

/**
 * The prefix as decimal text.
 * @param hash 64 hex digits
 */
export function hashPrefixText(hash: string): string {
  return BigInt.asIntN(64, BigInt(`0x${hash.slice(0, 16)}`)).toString();
}
