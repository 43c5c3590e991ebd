import { createHash } from "node:crypto";
import { GraphQLError } from "graphql";
import { badInput } from "../errors/client-errors.ts";
import type { GraphqlParams } from "../graphql/run-graphql.ts";
import { parseFirstObject, parseJson } from "./parse-json.ts";
import { unusableVariables } from "./unusable-variables.ts";
import type { HttpRequest } from "./request.ts";

// Strict UTF-8: a replaced byte would change what the client signed.
const utf8 = new TextDecoder("utf-8", { fatal: true });

const UNREADABLE = "request body is not a valid GraphQL request";

/** The GraphQL request, or why it cannot be read and with which status to say so. */
export type ParsedParams = { params: GraphqlParams } | { status: number; error: GraphQLError };

/** Reads the body of a POST. */
export function paramsFromBody(body: Buffer): ParsedParams {
  let value: unknown;
  try {
    value = parseFirstObject(utf8.decode(body));
  } catch {
    return unreadable();
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return unreadable();
  const { query, variables, operationName, extensions } = value as Record<string, unknown>;
  if (!isOptionalText(query) || !isOptionalText(operationName) || !isOptionalObject(variables) || !isOptionalObject(extensions))
    return unreadable();
  return withQuery(
    query as string | null | undefined,
    variables as Record<string, unknown> | null | undefined,
    operationName as string | undefined,
    extensions as object | undefined,
  );
}

/** Reads the query string of a GET. */
export function paramsFromQuery(request: HttpRequest): ParsedParams {
  const search = new URLSearchParams(request.query);
  const objects: Record<string, unknown> = {};
  for (const name of ["variables", "extensions"]) {
    const text = search.get(name);
    if (text === null || text === "") continue;
    try {
      objects[name] = parseJson(text);
    } catch {
      objects[name] = 0;
    }
    if (!isOptionalObject(objects[name])) return { status: 400, error: new GraphQLError(`${name} could not be decoded`) };
  }
  return withQuery(
    search.get("query"),
    objects.variables as Record<string, unknown>,
    search.get("operationName") ?? undefined,
    objects.extensions as object,
  );
}

function withQuery(
  query: string | null | undefined,
  variables: Record<string, unknown> | null | undefined,
  operationName: string | null | undefined,
  extensions: object | null | undefined,
): ParsedParams {
  const persisted = extensions != null && "persistedQuery" in extensions ? extensions.persistedQuery : null;
  const error = persisted == null ? null : persistedQueryError(query, persisted);
  if (error !== null) return { status: 200, error };
  const unusable = variables == null ? null : unusableVariables(variables);
  if (unusable !== null) return { status: 400, error: badInput(unusable) };
  return { params: { query: query ?? "", variables: variables ?? undefined, operationName: operationName || undefined } };
}

/**
 * Without a store that outlives an instance, persisted queries are off; clients fall back to sending the text (D21). A hash
 * beside the text must be the text's.
 */
function persistedQueryError(query: string | null | undefined, persisted: unknown): GraphQLError | null {
  const { version, sha256Hash } = persisted as { version?: unknown; sha256Hash?: unknown };
  if (version !== 1) return badInput("unsupported APQ version");
  if (!query) return new GraphQLError("PersistedQueryNotSupported", { extensions: { code: "PERSISTED_QUERY_NOT_SUPPORTED" } });
  return createHash("sha256").update(query).digest("hex") === sha256Hash ? null : badInput("provided APQ hash does not match query");
}

function unreadable(): ParsedParams {
  return { status: 400, error: badInput(UNREADABLE) };
}

function isOptionalText(value: unknown): boolean {
  return value === undefined || value === null || typeof value === "string";
}

function isOptionalObject(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === "object" && !Array.isArray(value));
}
