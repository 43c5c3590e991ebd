import type { APIGatewayProxyEventV2 } from "aws-lambda";
import type { HttpRequest } from "./request.ts";

const EMPTY = Buffer.alloc(0);

/** An HTTP API's event (payload 2.0) as a request. The stage must be `$default`: others prefix the path. */
export function requestFromHttpApiEvent(event: APIGatewayProxyEventV2): HttpRequest {
  const { method } = event.requestContext.http;
  const query = event.rawQueryString;
  return {
    method,
    path: event.rawPath,
    query,
    target: query === "" ? event.rawPath : `${event.rawPath}?${query}`,
    headers: event.headers ?? {},
    body: event.body === undefined ? EMPTY : Buffer.from(event.body, event.isBase64Encoded ? "base64" : "utf8"),
    id: event.requestContext.requestId,
  };
}
