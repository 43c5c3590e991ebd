/**
 * TOIDs (SEP-35): `transactions.to_id`, `operations.id`, `transaction_hashes.to_id`, `state_changes.to_id` and `.operation_id`, and
 * the arrays `tx_to_ids` and `operation_ids`. bigint: the ledger's sequence in the high 32 bits, the transaction's place in its
 * ledger (from 1) in the next 20, the operation's place in its transaction (from 1; 0 for the transaction itself) in the low 12.
 *
 * Ingest writes it as two 32-bit halves and keeps only the low one, since the high one is the ledger's. Serve has it as decimal
 * text and reads ledger and transaction out of it.
 */

const OPERATION_BITS = 12;
const OPERATION_MASK = 0xfff;

/** `state_changes.operation_id` of a change that belongs to no operation: a fee. Both forms, the low half and the text. */
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

/** The ledger of an id; null when the id is no TOID (negative). A `ledger_number` is an integer, so there is no larger one. */
export function ledgerOf(id: string): number | null {
  const ledger = BigInt(id) >> 32n;
  return ledger >= 0n && ledger <= 0x7fffffffn ? Number(ledger) : null;
}

/** The id of the next transaction: the exclusive upper bound of this one's operations. Decimal text. */
export function nextTransaction(id: string): string {
  return (BigInt(id) + 4096n).toString();
}

/** The driver's tagged template, which makes a piece of SQL. */
type Sql<Fragment> = (text: TemplateStringsArray) => Fragment;

/** `nextTransaction` in SQL, to be put behind a bigint: `id < k.id ${toNextTransaction(sql)}`. */
export function toNextTransaction<Fragment>(sql: Sql<Fragment>): Fragment {
  return sql`+ 4096`;
}

/** `transactionOf` in SQL, to be put behind a bigint: `to_id = (k.id ${toTransaction(sql)})`. */
export function toTransaction<Fragment>(sql: Sql<Fragment>): Fragment {
  return sql`& ~4095::bigint`;
}

/** `ledgerOf` in SQL, to be put behind a bigint: `sequence = (h.to_id ${toLedger(sql)})::integer`. */
export function toLedger<Fragment>(sql: Sql<Fragment>): Fragment {
  return sql`>> 32`;
}
