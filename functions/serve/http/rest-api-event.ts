import type { APIGatewayProxyEvent } from "aws-lambda";
import type { HttpRequest } from "./request.ts";

/**
 * A REST API's event (payload 1.0) as a request. It has the parameters decoded, so the query is written anew, each part
 * percent-encoded: clients that sign a query must encode it likewise. GraphQL by POST has none.
 */
export function requestFromRestApiEvent(event: APIGatewayProxyEvent): HttpRequest {
  const query = Object.entries(event.multiValueQueryStringParameters ?? {})
    .flatMap(([name, values]) => (values ?? []).map((value) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`))
    .join("&");
  const headers = Object.fromEntries(Object.entries(event.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
  return {
    method: event.httpMethod,
    path: event.path,
    query,
    target: query === "" ? event.path : `${event.path}?${query}`,
    headers,
    body: Buffer.from(event.body ?? "", event.isBase64Encoded ? "base64" : "utf8"),
    id: event.requestContext.requestId,
  };
}
