import { type ExecutionResult, GraphQLError, type GraphQLFormattedError } from "graphql";
import { VISIBLE_CODES } from "../errors/client-errors.ts";
import { type HiddenError, hiddenError } from "../errors/hidden-error.ts";

/** What the client gets. */
export interface GraphqlResponse {
  errors?: GraphQLFormattedError[];
  data: unknown;
  extensions?: Record<string, unknown>;
}

/** The result in the form that the API's specification demands: a closed set of codes, everything else masked, request errors with `data: null`. */
export function maskErrors(result: ExecutionResult): { response: GraphqlResponse; hidden: HiddenError[] } {
  const hidden: HiddenError[] = [];
  if (result.errors === undefined || result.errors.length === 0) return { response: { data: result.data ?? null }, hidden };
  const refused = !("data" in result) || result.data === undefined;
  const errors = result.errors.map((error) => formatError(error, refused, hidden));
  return { response: { errors, data: result.data ?? null }, hidden };
}

function formatError(error: GraphQLError, refused: boolean, hidden: HiddenError[]): GraphQLFormattedError {
  const { message, path, locations } = error;
  // `http` is yoga's note to itself.
  const { http: _http, ...extensions } = error.extensions;
  const code = extensions.code;
  const { originalError } = error;
  const inner = originalError instanceof GraphQLError ? originalError.originalError : originalError;
  if (inner !== undefined) hidden.push(hiddenError(path?.join(".") ?? "", inner));
  if (typeof code === "string" && VISIBLE_CODES.has(code)) {
    const place = code.startsWith("GRAPHQL_") && locations !== undefined ? { locations } : {};
    // An error of the whole operation has an empty path, which says nothing.
    return { message, ...(path === undefined || path.length === 0 ? {} : { path }), ...place, extensions };
  }
  // The executor refuses null for an argument that must not be null, which only a variable with a default can bring.
  if (inner === undefined && message.startsWith('Argument "'))
    return { message: shorten(message), ...(path === undefined ? {} : { path }), extensions: { code: "BAD_USER_INPUT" } };
  // Refused by the executor before the first resolver: a variable does not fit its type.
  if (refused && inner === undefined) return variableError(message);
  if (inner === undefined) hidden.push({ path: path?.join(".") ?? "", message });
  return { message: "internal server error", ...(path === undefined ? {} : { path }), extensions: { code: "INTERNAL_SERVER_ERROR" } };
}

function variableError(message: string): GraphQLFormattedError {
  const name = /^Variable "\$(\w+)"/.exec(message)?.[1];
  // Too large for Int is a bad value, not a wrong kind (D2).
  const code = message.includes("non 32-bit signed integer value") ? "BAD_USER_INPUT" : "GRAPHQL_VALIDATION_FAILED";
  return { message: shorten(message), path: name === undefined ? undefined : ["variable", name], extensions: { code } };
}

/** Without the client's value, which may be long, and without suggestions. */
function shorten(message: string): string {
  const text = message.replace(/ Did you mean .*\?$/s, "");
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
