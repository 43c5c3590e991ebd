import { codeOf, verdictOn } from "../../shared/database/error-codes.ts";
import { WalletError, type ErrorCode } from "../../shared/errors.ts";
import { asWalletError } from "./as-wallet-error.ts";
import type { Phase } from "./failure-record.ts";

/** What an error means, for the records, the log, and what is done next. */
export interface Verdict {
  /** The error to throw: a WalletError where one says what to do, else the error itself. */
  error: unknown;
  /** Code of the WalletError, `UNEXPECTED` for any other. */
  code: string;
  /** As recorded and logged: without NUL, which PostgreSQL refuses, and not too long. */
  message: string;
  /** SQLSTATE, or the code of driver or socket, of the error or of its causes; null: there is none. */
  sqlstate: string | null;
  /** It may be over in a moment: retry from the cursor, a few times. */
  retry: boolean;
  /** The ledger itself cannot be written: the same bytes and the same code will fail again. */
  poison: boolean;
}

/** No error message needs more; the rest of a hostile one is cut. */
const MAX_MESSAGE = 2_000;

const POISON_CODES = new Set<ErrorCode>([
  "LEDGER_CORRUPT",
  "PROTOCOL_UNSUPPORTED",
  "LEDGER_UNREADABLE",
  "LEDGER_TOO_LARGE",
  "LEDGER_GAP",
  "LEDGER_INDEX_FAILED",
  "CHAIN_BROKEN",
  "VERIFY_FAILED",
]);

/** The settings are wrong, no ledger is: nothing may back off once they are corrected. */
const SETTINGS_CODES = new Set<ErrorCode>(["CONFIG_INVALID", "NETWORK_MISMATCH"]);

/**
 * Judges an error that ended a session of the invocation: the one place where that is done.
 * @param phase where in a ledger's way it came; null: no ledger was under way, so none can be poison
 */
export function judge(error: unknown, phase: Phase | null): Verdict {
  const known = asWalletError(error);
  const code = known instanceof WalletError ? known.code : null;
  const sqlstate = databaseCode(known);
  const { retry, poison } = outlook(code, sqlstate);
  return {
    error: known,
    code: code ?? "UNEXPECTED",
    message: storableMessage(known),
    sqlstate,
    retry,
    // The indexer is pure: what it refuses once it refuses again, unless the settings are wrong.
    poison: phase !== null && (poison || (phase === "index" && (code === null || !SETTINGS_CODES.has(code)))),
  };
}

/** Tells bad luck from a bad ledger; anything else (full disk, missing rights, wrong settings, a fence) is neither. */
function outlook(code: ErrorCode | null, sqlstate: string | null): Pick<Verdict, "retry" | "poison"> {
  if (code !== null && POISON_CODES.has(code)) return { retry: false, poison: true };
  if (code === "SOURCE_UNAVAILABLE") return { retry: true, poison: false };
  if (code !== null && code !== "PERSIST_FAILED" && code !== "DATABASE_UNREACHABLE") return { retry: false, poison: false };
  if (sqlstate === null) return { retry: false, poison: code === "PERSIST_FAILED" };
  const { retry = false, poison = false } = verdictOn({ code: sqlstate });
  return { retry, poison };
}

/** The code that PostgreSQL, the driver or the system gave, in the error or its causes. */
function databaseCode(error: unknown): string | null {
  for (let at = error; at instanceof Error; at = at.cause) {
    const code = at instanceof WalletError ? at.details.sqlstate : codeOf(at);
    if (typeof code === "string" && code !== "") return code;
  }
  return null;
}

function storableMessage(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replaceAll("\0", "").slice(0, MAX_MESSAGE).toWellFormed();
}
