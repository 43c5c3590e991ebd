/**
 * What an error counts as in `wallet_graphql_errors_total` (`error_type`), after the reference implementation. `internal_error` is for
 * an operator to mend and has an alarm of its own, since its status is 200; `unavailable` is a 5xx, which the gateway counts.
 */
export type ErrorType = "validation_error" | "parse_error" | "bad_input" | "internal_error" | "unavailable" | "unknown";

interface ApiError {
  /** HTTP statuses that a response with it may have; the second is for GraphQL's own media type, or for a body that is no request. */
  statuses: readonly [number, number?];
  type: ErrorType;
}

/** Every code that a response can carry. */
export const API_ERRORS: ReadonlyMap<string, ApiError> = new Map<string, ApiError>([
  ["BAD_USER_INPUT", { statuses: [200, 400], type: "bad_input" }],
  ["INVALID_ADDRESS", { statuses: [200], type: "bad_input" }],
  ["INVALID_SIGNER_KEY", { statuses: [200], type: "bad_input" }],
  ["INVALID_TRANSACTION_HASH", { statuses: [200], type: "bad_input" }],
  ["QUERY_TOO_DEEP", { statuses: [200], type: "bad_input" }],
  ["COMPLEXITY_LIMIT_EXCEEDED", { statuses: [200], type: "bad_input" }],
  ["QUERY_TOO_EXPENSIVE", { statuses: [200], type: "bad_input" }],
  ["RESPONSE_TOO_LARGE", { statuses: [200], type: "bad_input" }],
  ["PERSISTED_QUERY_NOT_SUPPORTED", { statuses: [200], type: "bad_input" }],
  ["GRAPHQL_PARSE_FAILED", { statuses: [422, 400], type: "parse_error" }],
  ["GRAPHQL_VALIDATION_FAILED", { statuses: [422, 400], type: "validation_error" }],
  ["INTERNAL_ERROR", { statuses: [200], type: "internal_error" }],
  ["INTERNAL_SERVER_ERROR", { statuses: [200], type: "internal_error" }],
  ["HISTORY_DAMAGED", { statuses: [200], type: "internal_error" }],
  ["HISTORY_FORMAT_UNKNOWN", { statuses: [200], type: "internal_error" }],
  ["DATABASE_TOO_OLD", { statuses: [503], type: "unavailable" }],
  ["NETWORK_MISMATCH", { statuses: [503], type: "unavailable" }],
  ["DATABASE_UNAVAILABLE", { statuses: [503], type: "unavailable" }],
  ["OVERLOADED", { statuses: [503], type: "unavailable" }],
]);

/** What a response with these codes counts as: what an operator must see comes before what a client got wrong. */
export function errorTypeOf(codes: readonly string[]): ErrorType | null {
  const types = codes.map((code) => API_ERRORS.get(code)?.type ?? "unknown");
  return types.find((type) => type === "unavailable" || type === "internal_error") ?? types[0] ?? null;
}
