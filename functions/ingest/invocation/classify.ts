import { WalletError, type ErrorCode } from "../../shared/errors.ts";
import type { Phase } from "./failure-record.ts";

/** What follows from an error. */
export interface Verdict {
  /** Bad luck that may be over in a moment: begin again from the cursor, a few times. */
  retry: boolean;
  /** The ledger itself cannot be written: the same bytes and the same code will fail again. */
  poison: boolean;
}

/** The lost session, the server that goes down or comes up, and what a second try resolves. */
const TRANSIENT_DATABASE = new Set([
  "40001", // serialization_failure
  "40P01", // deadlock_detected
  "55P03", // lock_not_available
  "57P01", // admin_shutdown
  "57P02", // crash_shutdown
  "57P03", // cannot_connect_now
  "57P05", // idle_session_timeout
  "25P03", // idle_in_transaction_session_timeout
  "25006", // read_only_sql_transaction: still talking to the old primary
  "53300", // too_many_connections
  "CONNECTION_CLOSED",
  "CONNECTION_ENDED",
  "CONNECTION_DESTROYED",
  "CONNECT_TIMEOUT",
  "ECONNRESET",
  "ECONNREFUSED",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
]);

const TRANSIENT_CODES = new Set<ErrorCode>(["SOURCE_UNAVAILABLE"]);

const POISON_CODES = new Set<ErrorCode>([
  "LEDGER_CORRUPT",
  "LEDGER_UNREADABLE",
  "LEDGER_GAP",
  "LEDGER_INDEX_FAILED",
  "CHAIN_BROKEN",
  "VERIFY_FAILED",
]);

/** The settings are wrong, no ledger is: nothing may back off once they are corrected. */
const SETTINGS_CODES = new Set<ErrorCode>(["CONFIG_INVALID", "NETWORK_MISMATCH"]);

/** Data exceptions, integrity violations, and statements that do not fit the schema; missing rights (42501) are no ledger's fault. */
const POISON_SQLSTATE = /^(22|23|42(?!501))/;

/** The SQLSTATE or the code of driver or socket in an error or its causes; null when there is none. */
export function databaseCode(error: unknown): string | null {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof WalletError) {
      if (typeof at.details.sqlstate === "string") return at.details.sqlstate;
    } else if ("code" in at && typeof at.code === "string") return at.code;
  }
  return null;
}

/** Is it the ledger itself? The indexer is pure: what it refuses once it refuses again, unless the settings are wrong. */
export function isPoison(error: unknown, phase: Phase): boolean {
  if (classify(error).poison) return true;
  return phase === "index" && !(error instanceof WalletError && SETTINGS_CODES.has(error.code));
}

/** Tells bad luck from a bad ledger; anything else (full disk, missing rights, wrong settings, a fence) is neither and ends the invocation. */
export function classify(error: unknown): Verdict {
  const code = error instanceof WalletError ? error.code : null;
  if (code !== null && POISON_CODES.has(code)) return { retry: false, poison: true };
  if (code !== null && TRANSIENT_CODES.has(code)) return { retry: true, poison: false };
  if (code !== null && code !== "PERSIST_FAILED" && code !== "DATABASE_UNREACHABLE") return { retry: false, poison: false };
  const sqlstate = databaseCode(error);
  if (sqlstate === null) return { retry: false, poison: code === "PERSIST_FAILED" };
  return { retry: TRANSIENT_DATABASE.has(sqlstate) || sqlstate.startsWith("08"), poison: POISON_SQLSTATE.test(sqlstate) };
}
