/**
 * Counterparties: who is on the other side of a balance change. Ingest writes them into links, serve looks for them in payloads, and both
 * go by this file.
 *
 * A counterparty of a balance change is an account, other than the change's own, with a balance change of the same token in the same
 * operation that goes the other way. What goes out is a DEBIT or an issuer's MINT, what comes in a CREDIT or an issuer's BURN: so the two
 * ends of a payment are each other's counterparties, an issuer and a holder are, and a trader's are the owners of the offers it took, token
 * by token. Liquidity pools and claimable balances have no balance changes, so they are nobody's counterparties, and a fee has none.
 */

/** The members of a state change that matter here: a row of ingest, or a decoded change. Changes are compared within one transaction. */
interface Change<Address> {
  /** Its operation; the same form on both sides. */
  operation: number;
  category: string;
  reason: string;
  account: Address;
  tokenId: Address | null;
}

/** Does the change move a balance of a token? */
export function isMovement({ category, tokenId }: Pick<Change<unknown>, "category" | "tokenId">): boolean {
  return category === "BALANCE" && tokenId !== null;
}

/** Does a balance change come in? */
export function comesIn(reason: string): boolean {
  return reason === "CREDIT" || reason === "BURN";
}

/** Is the account of the other change a counterparty of the first? Equal addresses must be the same value or object. */
export function isOtherSide<Address>(change: Change<Address>, other: Change<Address>): boolean {
  return (
    change.operation === other.operation &&
    change.tokenId === other.tokenId &&
    change.account !== other.account &&
    isMovement(change) &&
    isMovement(other) &&
    comesIn(change.reason) !== comesIn(other.reason)
  );
}
