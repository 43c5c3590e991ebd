import { byteaHex } from "../../shared/columns/bytea.ts";
import type { LedgerRow } from "../queries/ledgers.ts";
import { formatTime } from "../values/time.ts";

/** A `Ledger` on its way to the response. */
export interface LedgerNode {
  readonly sequence: number;
  readonly hash: string;
  readonly previousHash: string;
  readonly closedAt: string;
  readonly protocolVersion: number;
  /** Stroops. */
  readonly baseReserve: string;
  readonly transactionCount: number;
  readonly operationCount: number;
  readonly stateChangeCount: number;
  readonly ingestedAt: string;
}

export function ledgerNode(row: LedgerRow): LedgerNode {
  return {
    sequence: row.sequence,
    hash: byteaHex(row.hash),
    previousHash: byteaHex(row.previous_hash),
    closedAt: formatTime(row.closed_at),
    protocolVersion: row.protocol_version,
    baseReserve: row.base_reserve,
    transactionCount: row.transaction_count,
    operationCount: row.operation_count,
    stateChangeCount: row.state_change_count,
    ingestedAt: formatTime(row.ingested_at),
  };
}

/** A `Ledgers` on its way to the response: each part is read when it is asked for. */
export interface LedgersNode {
  readonly isHere: true;
}

export const LEDGERS: LedgersNode = { isHere: true };
