import { wholeToid } from "../../functions/shared/columns/toid.ts";
import type { Database } from "../../functions/shared/database/session.ts";

/** A row of `transactions`. Times are PostgreSQL's text. */
export interface StoredTransaction {
  to_id: string;
  ledger: number;
  ledger_created_at: string;
  ingested_at: string;
  /** Text form of bytea. */
  hash: string;
  payload: Buffer;
}

/** A ledger of the database with its transactions. */
export interface StoredLedger {
  sequence: number;
  /** How many it had when it was written. */
  transactionCount: number;
  /** Ascending by id. */
  transactions: StoredTransaction[];
}

/** First and last, both inclusive. */
export interface LedgerRange {
  first: number;
  last: number;
}

const LEDGERS_A_STATEMENT = 200;

/** The ledgers whose history the database has; null when there are none. Some in between may be missing. */
export async function readRange(sql: Database): Promise<LedgerRange | null> {
  const [row] = await sql<{ first: number | null; last: number | null }[]>`
    select min(sequence) as first, max(sequence) as last from ledgers`;
  return row?.first == null || row.last == null ? null : { first: row.first, last: row.last };
}

/** Reads the ledgers of a range one by one, ascending: memory holds one. */
export async function* readHistory(sql: Database, { first, last }: LedgerRange): AsyncGenerator<StoredLedger> {
  for (let next = first; next <= last;) {
    const ledgers = await sql<{ sequence: number; closed_at: string; transaction_count: number }[]>`
      select sequence, closed_at, transaction_count from ledgers where sequence >= ${next} and sequence <= ${last}
      order by sequence limit ${LEDGERS_A_STATEMENT}`;
    if (ledgers.length === 0) return;
    for (const { sequence, closed_at, transaction_count: transactionCount } of ledgers)
      yield { sequence, transactionCount, transactions: await readTransactions(sql, sequence, closed_at) };
    next = ledgers.at(-1)!.sequence + 1;
  }
}

async function readTransactions(sql: Database, ledger: number, closedAt: string): Promise<StoredTransaction[]> {
  return [
    ...(await sql<StoredTransaction[]>`
      select to_id, ${ledger}::integer as ledger, ledger_created_at, ingested_at, hash::text as hash, payload from transactions
      where to_id >= ${wholeToid(ledger, 0).toString()} and to_id < ${wholeToid(ledger + 1, 0).toString()} and ledger_created_at = ${closedAt}
      order by to_id`),
  ];
}
