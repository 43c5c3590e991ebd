import type { PendingQuery, Row } from "postgres";
import type { Database } from "../../shared/database/session.ts";
import { WalletError } from "../../shared/errors.ts";
import type { LedgerRows } from "../indexer/rows.ts";

/**
 * The first statement of a ledger's transaction: the guarded cursor. It raises where the cursor may not move, so that what
 * follows it in the pipeline fails too.
 * @param fence the fence of this invocation
 */
export function beginLedger(sql: Database, rows: LedgerRows, fence: string): PendingQuery<Row[]> {
  const { header, transactions, operations, stateChanges } = rows;
  return sql`
    select begin_ledger(${header.sequence}, ${header.hash}, ${header.previousHash}, ${String(header.closedAt)}::bigint, ${header.protocolVersion},
      ${header.baseReserve}, ${transactions.length}, ${operations.length}, ${stateChanges.length}, ${fence}::bigint, ${header.newerThan})`;
}

/** The refusals of `begin_ledger` (migrations/0005-begin-ledger.sql); null for any other error. */
export function refusal(error: unknown, ledger: number): WalletError | null {
  const { code, detail } = error as { code?: string; detail?: string };
  const latest = detail === undefined || detail === "none" ? null : Number(detail);
  const details = { ledger, latest };
  switch (code) {
    case "WL001":
      return new WalletError(
        "FENCED",
        `Another invocation took over before ledger ${ledger} was written. Nothing is lost: it goes on from there.`,
        details,
        { cause: error },
      );
    case "WL002":
      return new WalletError(
        "LEDGER_GAP",
        `Ledger ${ledger} does not follow ledger ${latest}, the newest in the database. Check the ledger source.`,
        details,
        { cause: error },
      );
    case "WL003":
      return new WalletError(
        "CHAIN_BROKEN",
        `Ledger ${ledger} does not name the hash of ledger ${latest} in the database as its previous hash. The source is of another network or fork; check it, or use a new database.`,
        details,
        { cause: error },
      );
    default:
      return null;
  }
}
