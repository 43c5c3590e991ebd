import { redactUrl } from "./database.ts";
import { WalletError } from "./errors.ts";

const UNREACHABLE = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EHOSTUNREACH",
  "ETIMEDOUT",
  "CONNECT_TIMEOUT",
  "CONNECTION_CLOSED",
  "28P01",
  "28000",
  "3D000",
]);

/** The error for a database that cannot be talked to; any other error stays as it is. */
export function unreachable(error: unknown, url: string): unknown {
  if (error instanceof WalletError || !(error instanceof Error) || !("code" in error) || !UNREACHABLE.has(String(error.code))) return error;
  const database = redactUrl(url);
  return new WalletError(
    "DATABASE_UNREACHABLE",
    `No connection to ${database}: ${error.message}. Check DATABASE_URL (or the secret of DATABASE_SECRET_ARN), and that the server runs and lets this user in.`,
    { database },
    { cause: error },
  );
}
