import { byteaHex } from "../../shared/columns/bytea.ts";
import { isSuccessful } from "../../shared/columns/transaction-result.ts";
import type { TransactionRow } from "../queries/transactions.ts";
import { formatTime } from "../values/time.ts";

/** A `Transaction` on its way to the response: field names and final values, beside what its links need. */
export interface TransactionNode {
  readonly toId: string;
  /** Close time as the database writes it: the partition key of everything that belongs to the transaction. */
  readonly closedAt: string;
  /** The participants, text form of `bytea[]`. */
  readonly participants: string;
  readonly hash: string;
  readonly feeCharged: string;
  readonly resultCode: string;
  readonly successful: boolean;
  readonly ledgerNumber: number;
  readonly ledgerCreatedAt: string;
  readonly isFeeBump: boolean;
  readonly ingestedAt: string;
}

export function transactionNode(row: TransactionRow): TransactionNode {
  return {
    toId: row.to_id,
    closedAt: row.ledger_created_at,
    participants: row.accounts,
    hash: byteaHex(row.hash),
    feeCharged: row.fee_charged,
    resultCode: row.result_code,
    successful: isSuccessful(row.result_code),
    ledgerNumber: row.ledger_number,
    ledgerCreatedAt: formatTime(row.ledger_created_at),
    isFeeBump: row.is_fee_bump,
    ingestedAt: formatTime(row.ingested_at),
  };
}
