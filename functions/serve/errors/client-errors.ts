import { GraphQLError } from "graphql";
import { UnknownPayloadFormat } from "../../shared/columns/history/payload-decoder.ts";

/** Codes that a client may see. Anything else is masked as `INTERNAL_SERVER_ERROR`. */
export const VISIBLE_CODES: ReadonlySet<string> = new Set([
  "BAD_USER_INPUT",
  "INVALID_TRANSACTION_HASH",
  "INVALID_ADDRESS",
  "INVALID_SIGNER_KEY",
  "INTERNAL_ERROR",
  "GRAPHQL_VALIDATION_FAILED",
  "GRAPHQL_PARSE_FAILED",
  "COMPLEXITY_LIMIT_EXCEEDED",
  "QUERY_TOO_DEEP",
  "QUERY_TOO_EXPENSIVE",
  "RESPONSE_TOO_LARGE",
  "PERSISTED_QUERY_NOT_SUPPORTED",
  "HISTORY_DAMAGED",
  "HISTORY_FORMAT_UNKNOWN",
]);

/** An argument that cannot be used. */
export function badInput(message: string, path?: readonly (string | number)[]): GraphQLError {
  return new GraphQLError(message, { path, extensions: { code: "BAD_USER_INPUT" } });
}

/** @param expected which addresses can be used */
export function invalidAddress(
  address: string,
  path?: readonly (string | number)[],
  expected = "account (G...) or contract (C...) address",
): GraphQLError {
  return new GraphQLError(`invalid address format: must be a valid Stellar ${expected}`, {
    path,
    extensions: { code: "INVALID_ADDRESS", address },
  });
}

export function invalidSigner(key: string): GraphQLError {
  return new GraphQLError(
    "invalid signer key: must be an ed25519 key (G...), a transaction's hash (T...), a hash (X...) or a signed payload (P...)",
    {
      extensions: { code: "INVALID_SIGNER_KEY", key },
    },
  );
}

export function invalidHash(hash: string): GraphQLError {
  return new GraphQLError("invalid transaction hash format: must be a 64-character hex string", {
    extensions: { code: "INVALID_TRANSACTION_HASH", hash },
  });
}

/**
 * The operation was ended while it was carried out. It has a path, so that the executor takes it as it is wherever it is thrown.
 * @param why what the operation does
 */
export function queryTooExpensive(why: string, limit: number): GraphQLError {
  return new GraphQLError(`operation ${why}: ask for smaller pages or fewer fields`, {
    path: [],
    extensions: { code: "QUERY_TOO_EXPENSIVE", limit },
  });
}

/** The response would be larger than Lambda can carry. */
export function responseTooLarge(): GraphQLError {
  return new GraphQLError("response is larger than 6 MB: ask for smaller pages or fewer fields", {
    path: [],
    extensions: { code: "RESPONSE_TOO_LARGE" },
  });
}

/** What the client sees when `balances` or `sep41Allowances` fails through no fault of its own; the log has the cause. */
export function balancesFailed(cause: unknown): GraphQLError {
  return new GraphQLError("failed to process account balances", {
    originalError: cause instanceof Error ? cause : new Error(String(cause)),
    extensions: { code: "INTERNAL_ERROR" },
  });
}

/**
 * A part of the history that stands in the database and cannot be read: the response goes without it.
 * @param part a transaction, or what an account has in a ledger
 */
export function historyUnreadable(part: { transactionId: string } | { ledger: number }, cause: unknown): GraphQLError {
  const originalError = cause instanceof Error ? cause : new Error(String(cause));
  if ("ledger" in part)
    return new GraphQLError(
      `what the account has in ledger ${part.ledger} is stored damaged and is left out: tell this API's operator, who can restore it`,
      { originalError, extensions: { code: "HISTORY_DAMAGED", ledger: part.ledger } },
    );
  const { transactionId } = part;
  if (cause instanceof UnknownPayloadFormat)
    return new GraphQLError(
      `transaction ${transactionId} was stored by a newer version (format ${cause.format}) and is left out: this API must be updated`,
      { originalError, extensions: { code: "HISTORY_FORMAT_UNKNOWN", transactionId, format: cause.format } },
    );
  return new GraphQLError(
    `transaction ${transactionId} is stored damaged and is left out, wholly or in part: tell this API's operator, who can restore it`,
    { originalError, extensions: { code: "HISTORY_DAMAGED", transactionId } },
  );
}
