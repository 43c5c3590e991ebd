/**
 * Results of transactions, `resultCode` of a payload: the name of the outer TransactionResultCode in the protocol, in the spelling of the Go SDK, e.g.
 * `TransactionResultCodeTxFailed`; `TransactionResultCode(-99)` for a code that has no name yet. Success is
 * not stored: serve tells it by the name.
 */

/** What every name begins with. */
export const TRANSACTION_RESULT_PREFIX = "TransactionResultCode";

/** Applied; of a fee bump: so was the inner transaction. */
export const TRANSACTION_SUCCESS = "TransactionResultCodeTxSuccess";
const FEE_BUMP_INNER_SUCCESS = "TransactionResultCodeTxFeeBumpInnerSuccess";

/** Was the transaction applied? */
export function isSuccessful(resultCode: string): boolean {
  return resultCode === TRANSACTION_SUCCESS || resultCode === FEE_BUMP_INNER_SUCCESS;
}
