import { redactUrl } from "./session.ts";
import { WalletError } from "../errors.ts";

/** SQLSTATEs and codes of driver and socket that mean: no usable connection. */
const UNREACHABLE = /^(CONN|ECONN|ENOTFOUND|EAI_|EHOST|ENET|EPIPE|ETIMEDOUT|08|28|3D|57P|53300)/;

/** Does the code, of a SQLSTATE, the driver or the socket, mean that there is no usable connection? */
export function isUnreachable(code: string): boolean {
  return UNREACHABLE.test(code);
}

/** The error for a database that cannot be talked to; any other error stays as it is. */
export function unreachable(error: unknown, url: string): unknown {
  if (error instanceof WalletError || !(error instanceof Error) || !("code" in error) || !isUnreachable(String(error.code))) return error;
  const database = redactUrl(url);
  return new WalletError(
    "DATABASE_UNREACHABLE",
    `No connection to ${database}: ${error.message}. Check DATABASE_URL (or the secret of DATABASE_SECRET_ARN), and that the server runs and lets this user in.`,
    { database },
    { cause: error },
  );
}
