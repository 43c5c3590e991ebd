/** The first 8 bytes of a hash in hex as the `hash_prefix` column: a signed big-endian integer. */
export function hashPrefix(hash: string): string {
  return BigInt.asIntN(64, BigInt(`0x${hash.slice(0, 16)}`)).toString();
}

/** Is it a transaction hash: 64 hex digits in either case? */
export function isHash(text: string): boolean {
  return /^[0-9a-fA-F]{64}$/.test(text);
}
