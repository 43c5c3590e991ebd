import { WalletError } from "../errors.ts";
import { adviceOn, codeOf } from "./error-codes.ts";
import { isPoolersRefusal, pooledError } from "./pooler.ts";

const DEFAULT_ADVICE =
  "Check DATABASE_URL or INGEST_DATABASE_URL (or the secret of DATABASE_SECRET_ARN), and that the server runs and lets this user in.";

/**
 * The error DATABASE_UNREACHABLE: what was wrong, and what to do. CONFIG_INVALID where a pooler refused what only a server takes.
 * @param cause the error of the connection; the driver's text may name the host, never the password
 * @param database its URL without the password; null: not known here
 */
export function unreachableError(cause: unknown, database: string | null): WalletError {
  if (isPoolersRefusal(cause)) return pooledError(cause);
  const code = codeOf(cause);
  // An AggregateError (several addresses of one name) has no text of its own.
  const message = cause instanceof Error ? cause.message : String(cause);
  const what = message.includes(code) ? message : `${message} (${code})`.trim();
  return new WalletError(
    "DATABASE_UNREACHABLE",
    `The database${database === null ? "" : ` ${database}`} cannot be used: ${what}. ${adviceOn(code) ?? DEFAULT_ADVICE}`,
    { database, sqlstate: code },
    { cause },
  );
}
