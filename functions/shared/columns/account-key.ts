/**
 * Account keys: `account_key` of `transactions_accounts`, `operations_accounts` and `state_changes`. bigint: the first 8 bytes of
 * the address's 32-byte key, big-endian and signed; the version byte does not count. It keeps index entries small and is not
 * unique, so serve compares the full address with what it finds.
 *
 * Ingest writes it as two 32-bit halves, serve asks for it as decimal text.
 */

import { int32At } from "./int32-at.ts";

/** The version byte comes first. */
const START = 1;

/**
 * The high half, signed.
 * @param address version byte and payload
 */
export function accountKeyHigh(address: Uint8Array): number {
  return int32At(address, START);
}

/** The low half, signed. */
export function accountKeyLow(address: Uint8Array): number {
  return int32At(address, START + 4);
}

/**
 * The key as decimal text.
 * @param address version byte and payload
 */
export function accountKeyText(address: Uint8Array): string {
  return new DataView(address.buffer, address.byteOffset, address.byteLength).getBigInt64(START).toString();
}
