/** What keeps a holder from sending all of a balance. */
interface HeldBack {
  /** Amounts that must stay: an account's minimum balance, what its offers may sell. In the balance's smallest unit, decimal. */
  amounts?: readonly string[];
  /** May the holder send at all? Not while only liabilities are maintained (CAP-18). */
  isAuthorized?: boolean;
  /** Has the network frozen the entry or its account (CAP-77), or is the entry archived? */
  isLocked?: boolean;
}

/**
 * What can be sent of a balance by stellar-core's rule (its `getAvailableBalance`, with authorization and freezing, which are checks of their
 * own there). A transaction's fee is taken before its operations are applied: the rule sees the balance without it.
 * @param balance in the smallest unit, decimal
 * @returns in the same unit, never below 0: a raised base reserve may ask for more than there is
 */
export function spendable(balance: string, { amounts = [], isAuthorized = true, isLocked = false }: HeldBack = {}): string {
  if (!isAuthorized || isLocked) return "0";
  const held = amounts.filter((amount) => amount !== "0");
  if (held.length === 0) return balance.startsWith("-") ? "0" : balance;
  const left = held.reduce((sum, amount) => sum - BigInt(amount), BigInt(balance));
  return left < 0n ? "0" : left.toString();
}
