import type { RunGraphql } from "../graphql/run-graphql.ts";
import type { RequestRecord } from "../observe/request-log.ts";
import type { Authenticate } from "./authentication.ts";
import { isPreflight, preflightResponse } from "./cors.ts";
import { respondToGraphql } from "./graphql-endpoint.ts";
import { type HealthOptions, healthResponse } from "./health.ts";
import type { HttpRequest } from "./request.ts";
import { type HttpResponse, restResponse } from "./response.ts";

/** Gives a browser that asks for a page the page; null when it asks for data. */
export type Explorer = (request: HttpRequest) => Promise<HttpResponse> | null;

interface RouteOptions {
  health: HealthOptions;
  /** A page to try the API with. Lambda has none. */
  explorer: Explorer | null;
  maxBodyBytes: number;
  authenticate: Authenticate;
  run: RunGraphql;
}

/** Finds the response to a request, and notes in the record what the log should know. */
export type Route = (request: HttpRequest, record: RequestRecord) => Promise<HttpResponse>;

/** The second is in the reference implementation's documentation, though it does not serve it itself. */
const ENDPOINTS = new Set(["/graphql/query", "/graphql"]);
const NOT_AUTHORIZED = { error: "Not authorized." };
const NOT_FOUND = { error: "The resource at the url requested was not found." };
const WRONG_METHOD = { error: "The method is not allowed for resource at the url requested." };
const TOO_LARGE = { error: "Request body too large." };

/** The order for every request: preflight → health → limit of the body → authentication → GraphQL. */
export function createRoute({ health, explorer, maxBodyBytes, authenticate, run }: RouteOptions): Route {
  return async (request, record) => {
    const { path, method } = request;
    if (isPreflight(request)) return preflightResponse(request);
    if (path === "/health") {
      record.path = path;
      return method === "GET" || method === "HEAD" ? healthResponse(health, record) : restResponse(405, WRONG_METHOD);
    }
    if (path !== "/graphql" && !path.startsWith("/graphql/")) return restResponse(404, NOT_FOUND);
    const page = explorer === null ? null : explorer(request);
    if (page !== null) return page;
    if (request.body.length > maxBodyBytes) return restResponse(413, TOO_LARGE);
    if (authenticate !== null) {
      const verdict = authenticate(request);
      if ("refused" in verdict) {
        record.refused = verdict.refused;
        return restResponse(401, NOT_AUTHORIZED);
      }
      record.keyId = verdict.key.slice(0, 8);
    }
    if (!ENDPOINTS.has(path)) return restResponse(404, NOT_FOUND);
    record.path = path;
    if (method === "HEAD") return restResponse(405, WRONG_METHOD);
    return respondToGraphql(request, record, run);
  };
}
