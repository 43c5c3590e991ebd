/**
 * TOIDs (SEP-35): `transactions.to_id`, `transaction_hashes.to_id`, `claimable_balances.made_by`, and the ids of operations in the API. bigint: the ledger's sequence in
 * the high 32 bits, the transaction's place in its ledger (from 1) in the next 20, the operation's place in its transaction (from 1; 0 for
 * the transaction itself) in the low 12. Payloads and links hold places alone, since their row names the rest.
 *
 * Ingest writes it as two 32-bit halves and keeps only the low one, since the high one is the ledger's. Serve has it as decimal
 * text and reads ledger and transaction out of it.
 */

const OPERATION_BITS = 12;
const OPERATION_MASK = 0xfff;

/** The largest places that a TOID can hold. */
export const LAST_TRANSACTION_PLACE = 0xfffff;
export const LAST_OPERATION_PLACE = OPERATION_MASK;

/** The operation's id of a state change that belongs to no operation: a fee. Both forms, the low half and the text. */
export const NO_OPERATION = 0;
export const NO_OPERATION_TEXT = "0";

/**
 * The low half of a transaction's TOID, unsigned.
 * @param transaction its place in the ledger, from 1
 */
export function transactionToid(transaction: number): number {
  return (transaction << OPERATION_BITS) >>> 0;
}

/**
 * The low half of an operation's TOID, unsigned.
 * @param transaction the transaction's place in the ledger, from 1
 * @param operation the operation's index in the transaction, from 0
 */
export function operationToid(transaction: number, operation: number): number {
  return ((transaction << OPERATION_BITS) | (operation + 1)) >>> 0;
}

/** A transaction's place in its ledger, from 1. @param low the low half of the TOID of the transaction or of its operation */
export function placeOfToid(low: number): number {
  return low >>> OPERATION_BITS;
}

/** The operation's place in its transaction, from 1; 0: the transaction itself. @param low the low half of a TOID */
export function operationPlace(low: number): number {
  return low & OPERATION_MASK;
}

/** The low half of the TOID of an operation's transaction. */
export function transactionOfToid(low: number): number {
  return (low & ~OPERATION_MASK) >>> 0;
}

/**
 * The whole TOID.
 * @param low the low half, unsigned; 0: below every id of the ledger
 */
export function wholeToid(ledger: number, low: number): bigint {
  return (BigInt(ledger) << 32n) | BigInt(low);
}

/** The id of an operation's transaction; that of a transaction stays as it is. Decimal text. */
export function transactionOf(id: string): string {
  return (BigInt(id) & ~0xfffn).toString();
}

/**
 * The id of a transaction. Decimal text.
 * @param transaction its place in the ledger, from 1
 */
export function transactionId(ledger: number, transaction: number): string {
  return wholeToid(ledger, transactionToid(transaction)).toString();
}

/** The id of an operation. Decimal text. @param transaction the id of its transaction @param place its place in it, from 1 */
export function operationId(transaction: string, place: number): string {
  return (BigInt(transaction) + BigInt(place)).toString();
}

/** `ledgers.sequence` is an integer, so there is no larger one. */
export const LAST_LEDGER = 0x7fffffff;

/** The ledger of an id; null when the id is no TOID (negative). */
export function ledgerOf(id: string): number | null {
  const ledger = BigInt(id) >> 32n;
  return ledger >= 0n && ledger <= BigInt(LAST_LEDGER) ? Number(ledger) : null;
}

/** From the ledger of one id to that of a later one. */
export function ledgersBetween(low: bigint, high: bigint): number {
  return Number((high >> 32n) - (low >> 32n));
}

/** The largest id that an operation of the transaction can have. Decimal text. */
export function lastOperation(id: string): string {
  return (BigInt(id) | 0xfffn).toString();
}

/** The driver's tagged template, which makes a piece of SQL. */
type Sql<Fragment> = (text: TemplateStringsArray) => Fragment;

/** `ledgerOf` in SQL, to be put behind a bigint: `sequence = (h.to_id ${toLedger(sql)})::integer`. */
export function toLedger<Fragment>(sql: Sql<Fragment>): Fragment {
  return sql`>> 32`;
}
