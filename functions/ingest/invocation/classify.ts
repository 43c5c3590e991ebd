import { verdictOn } from "../../shared/database/error-codes.ts";
import { WalletError, type ErrorCode } from "../../shared/errors.ts";
import type { Phase } from "./failure-record.ts";

/** What follows from an error. */
export interface Verdict {
  /** Bad luck that may be over in a moment: begin again from the cursor, a few times. */
  retry: boolean;
  /** The ledger itself cannot be written: the same bytes and the same code will fail again. */
  poison: boolean;
}

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
  const { retry = false, poison = false } = verdictOn({ code: sqlstate });
  return { retry, poison };
}
