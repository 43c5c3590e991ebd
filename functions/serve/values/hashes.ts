/** Is it a transaction hash: 64 hex digits in either case? */
export function isHash(text: string): boolean {
  return /^[0-9a-fA-F]{64}$/.test(text);
}
