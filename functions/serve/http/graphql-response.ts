import type { GraphQLError } from "graphql";
import { responseTooLarge } from "../errors/client-errors.ts";
import { MAX_RESPONSE_BYTES } from "../graphql/counted.ts";
import type { GraphqlResponse } from "../graphql/run-graphql.ts";
import { escapeJson, type HttpResponse } from "./response.ts";
import { responseMediaType } from "./media-type.ts";
import type { HttpRequest } from "./request.ts";

/** A GraphQL response: resolver errors are 200, refusals by parser or validator 422 (400 with GraphQL's own media type). */
export function graphqlResponse(request: HttpRequest, response: GraphqlResponse, status?: number): HttpResponse {
  const type = responseMediaType(request.headers.accept);
  const refused = response.errors?.some(
    (error) => error.extensions?.code === "GRAPHQL_PARSE_FAILED" || error.extensions?.code === "GRAPHQL_VALIDATION_FAILED",
  );
  const body = escapeJson(JSON.stringify(response));
  // No character takes more than three bytes, so most responses need no counting.
  // The budget's count while it was resolved is near, not exact.
  if (body.length > MAX_RESPONSE_BYTES / 3 && bytesInLambda(body) > MAX_RESPONSE_BYTES) {
    const { message, extensions } = responseTooLarge();
    return graphqlResponse(request, { errors: [{ message, extensions }], data: null });
  }
  return { status: status ?? (refused ? (type === "application/json" ? 422 : 400) : 200), headers: { "content-type": type }, body };
}

/** Lambda carries the body as a JSON string inside its own JSON: every quote and backslash counts twice. */
function bytesInLambda(body: string): number {
  return Buffer.byteLength(JSON.stringify(body));
}

/** What to do, and after how many seconds: a failover takes half a minute, a crowd passes sooner. */
const UNAVAILABLE = {
  DATABASE_UNAVAILABLE: { message: "the database is unavailable: try again later", retryAfter: 5 },
  OVERLOADED: { message: "too many requests at once: try again later", retryAfter: 2 },
} as const;

/** Nothing could be read: a 503, whatever the media type, so that clients try again and gateways and alarms see it (D22). */
export function unavailableResponse(
  request: HttpRequest,
  code: keyof typeof UNAVAILABLE,
  facts: GraphqlResponse["extensions"],
): HttpResponse {
  const { message, retryAfter } = UNAVAILABLE[code];
  const errors = [{ message, extensions: { code } }];
  const response = graphqlResponse(request, { errors, data: null, ...(facts && { extensions: facts }) }, 503);
  response.headers["retry-after"] = String(retryAfter);
  return response;
}

/** A request that never became GraphQL. */
export function refusedResponse(request: HttpRequest, status: number, error: GraphQLError): HttpResponse {
  const { message, extensions } = error;
  return graphqlResponse(
    request,
    { errors: [Object.keys(extensions).length === 0 ? { message } : { message, extensions }], data: null },
    status,
  );
}
