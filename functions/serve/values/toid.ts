/** SEP-35 ids: ledger in the high 32 bits, transaction order in 20, operation index in the low 12. */

/** The id of an operation's transaction. */
export function transactionOf(id: string): string {
  return (BigInt(id) & ~0xfffn).toString();
}

/** The ledger of an id; null when the id is no TOID (not positive). */
export function ledgerOf(id: string): number | null {
  const ledger = BigInt(id) >> 32n;
  return ledger >= 0n && ledger <= 0x7fffffffn ? Number(ledger) : null;
}

/** The id of the first transaction after this one: the exclusive upper bound of its operations. */
export function nextTransaction(id: string): string {
  return (BigInt(id) + 4096n).toString();
}
