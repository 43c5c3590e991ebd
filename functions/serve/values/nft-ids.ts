/** Is it the number of an NFT: decimal digits, as many as 256 bits have? */
export function isNftId(text: string): boolean {
  return /^[0-9]{1,78}$/.test(text);
}
