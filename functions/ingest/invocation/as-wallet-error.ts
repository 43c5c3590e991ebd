import { WalletError } from "../../shared/errors.ts";
import { isUnreachable } from "../../shared/database/unreachable.ts";
import { TimeoutError } from "../../shared/timeout.ts";

/** Beside no connection: the server lacks room or memory, or is a standby. */
const UNUSABLE = /^(53|25006)/;

/** What to do about the database, by SQLSTATE. */
export const DATABASE_ADVICE: Readonly<Record<string, string>> = {
  "53100": "The database's disk is full: give it more room, or set RETENTION_DAYS.",
  "53200": "The database is out of memory: give it more.",
  "53300": "The database has no connection free: raise max_connections or end other sessions.",
  "28P01": "Check the password.",
  "28000": "Check the user, and that the server lets it in.",
  "3D000": "The database does not exist: create it, or correct the name in the URL.",
  "25006": "The server is read-only (a standby, or a failover is under way): check that the URL names the primary.",
};
const DEFAULT_ADVICE = "Check INGEST_DATABASE_URL or DATABASE_URL and that the server runs.";

/** Errors of the connection itself become one that says what to do; the driver's own text may name the host, never the password. */
export function asWalletError(error: unknown): unknown {
  if (error instanceof WalletError) return error;
  const { code = "", message = String(error) } = error as { code?: string; message?: string };
  const details = { sqlstate: code };
  if (code === "42P01")
    return new WalletError(
      "DATABASE_TOO_OLD",
      "The database has no schema or an older one. Run the migrations first: npm run wallet -- migrate.",
      details,
      { cause: error },
    );
  if (code === "42501")
    return new WalletError(
      "DATABASE_FORBIDDEN",
      `The database user lacks a right: ${message}. Grant it, or run wallet doctor for the whole list.`,
      details,
      { cause: error },
    );
  if (isUnreachable(code) || UNUSABLE.test(code)) {
    const what = error instanceof TimeoutError ? message : code;
    return new WalletError(
      "DATABASE_UNREACHABLE",
      `The database cannot be used (${what}). ${DATABASE_ADVICE[code] ?? DEFAULT_ADVICE}`,
      details,
      {
        cause: error,
      },
    );
  }
  return error;
}
