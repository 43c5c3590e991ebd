import type { Database } from "../../shared/database/session.ts";
import type { LedgerRows } from "../indexer/rows.ts";
import type { Pending } from "./state-table.ts";

/**
 * SQL: have the token events of a ledger not been counted yet? What is added up can be told twice, unlike an entry's absolute value, so a ledger
 * that is written again (after `wallet reindex`) adds nothing.
 * @param ledger a parameter of the statement, e.g. `$9`
 */
export function isUncounted(ledger: string): string {
  return `coalesce((select c.ledger < ${ledger}::integer from cursors c where c.name = 'events'), true)`;
}

/** The last of a ledger's statements about tokens: its events are counted. None when it has none. */
export function countEvents(sql: Database, { tokenBalances, toldAllowances, layoutEvidence, tokenSupplies, header }: LedgerRows): Pending {
  const hasEvents =
    layoutEvidence.length > 0 ||
    toldAllowances.length > 0 ||
    tokenSupplies.some(({ minted }) => minted !== 0n) ||
    tokenBalances.some(({ moved }) => moved !== null);
  if (!hasEvents) return [];
  const { sequence } = header;
  return [
    sql`update cursors set ledger = ${sequence}, updated_at = now() where name = 'events' and (ledger is null or ledger < ${sequence})`,
  ];
}
