/**
 * The closed set of errors that an operator can meet. Each has a line in docs/operations/errors.md: what it means and
 * what to do.
 */
export type ErrorCode =
  | "CONFIG_INVALID"
  | "DATABASE_UNREACHABLE"
  | "DATABASE_TOO_OLD"
  | "DATABASE_NEWER"
  | "DATABASE_FORBIDDEN"
  | "SECRET_UNREADABLE"
  | "DATABASE_USERS_FAILED"
  | "MIGRATION_FAILED"
  | "MIGRATION_CHANGED"
  | "NETWORK_MISMATCH"
  | "LEDGER_CORRUPT"
  | "PROTOCOL_UNSUPPORTED"
  | "LEDGER_UNREADABLE"
  | "LEDGER_TOO_LARGE"
  | "LEDGER_GAP"
  | "CHAIN_BROKEN"
  | "LEDGER_INDEX_FAILED"
  | "FENCED"
  | "PERSIST_FAILED"
  | "PERSIST_TIMEOUT"
  | "SOURCE_UNAVAILABLE"
  | "HISTORY_DAMAGED"
  | "HISTORY_FORMAT_UNKNOWN"
  | "VERIFY_FAILED"
  | "EMBEDDED_DATABASE_FAILED"
  | "FILE_UNUSABLE"
  | "REHEARSAL_FAILED"
  | "BENCHMARK_FAILED"
  | "USAGE";

/** An error with a code, a sentence that says what to do, and facts for the log. Never carries a secret. */
export class WalletError extends Error {
  override readonly name = "WalletError";
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, string | number | null>>;

  constructor(code: ErrorCode, message: string, details: Record<string, string | number | null> = {}, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.details = details;
  }
}
