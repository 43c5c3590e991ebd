import type { APIGatewayProxyEventV2 } from "aws-lambda";

/** An HTTP request with its raw bytes. */
export interface HttpRequest {
  method: string;
  path: string;
  /** Without the question mark. */
  query: string;
  /** What stood on the request line: path and query as sent. */
  target: string;
  /** By lower-case name. */
  headers: Readonly<Record<string, string | undefined>>;
  body: Buffer;
  id: string;
}

const EMPTY = Buffer.alloc(0);

/** An API Gateway (HTTP API, payload 2.0) event as a request. The stage must be `$default`: others prefix the path. */
export function requestFromEvent(event: APIGatewayProxyEventV2): HttpRequest {
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
