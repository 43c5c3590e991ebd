import { WalletError } from "../../shared/errors.ts";
import { codeOf, INSUFFICIENT_PRIVILEGE, UNDEFINED_TABLE, verdictOn } from "../../shared/database/error-codes.ts";
import { unreachableError } from "../../shared/database/unreachable.ts";

/**
 * Makes a WalletError that says what to do of an error of the connection, the schema or the user's rights; any other error stays as
 * it is. The driver's own text may name the host, never the password.
 */
export function asWalletError(error: unknown): unknown {
  if (error instanceof WalletError) return error;
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  const details = { sqlstate: code };
  if (code === UNDEFINED_TABLE)
    return new WalletError(
      "DATABASE_TOO_OLD",
      "The database has no schema or an older one. Run the migrations first: npm run wallet -- migrate.",
      details,
      { cause: error },
    );
  if (code === INSUFFICIENT_PRIVILEGE)
    return new WalletError(
      "DATABASE_FORBIDDEN",
      `The database user lacks a right: ${message}. Grant it, or run wallet doctor for the whole list.`,
      details,
      { cause: error },
    );
  const { unreachable, unusable } = verdictOn(error);
  return unreachable || unusable ? unreachableError(error, null) : error;
}
