import type { HttpResponse } from "./response.ts";
import type { HttpRequest } from "./request.ts";

const METHODS = "GET, PUT, POST, PATCH, DELETE, HEAD, OPTIONS";

/** Is it a browser's question before the request? It cannot carry authentication, so it is answered before. */
export function isPreflight(request: HttpRequest): boolean {
  return request.method === "OPTIONS" && request.headers["access-control-request-method"] !== undefined;
}

export function preflightResponse(request: HttpRequest): HttpResponse {
  const asked = request.headers["access-control-request-headers"];
  return {
    status: 204,
    headers: { "access-control-allow-methods": METHODS, ...(asked === undefined ? {} : { "access-control-allow-headers": asked }) },
    body: "",
  };
}

/** Any origin may read the response, and when to come again; there are no credentials. */
export function addCors(request: HttpRequest, response: HttpResponse): void {
  response.headers.vary = "Origin";
  if (request.headers.origin === undefined) return;
  response.headers["access-control-allow-origin"] = "*";
  if (response.headers["retry-after"] !== undefined) response.headers["access-control-expose-headers"] = "Retry-After";
}
