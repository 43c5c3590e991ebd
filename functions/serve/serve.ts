import type { DocumentNode } from "graphql";
import { addCors, isPreflight, preflightResponse } from "./http/cors.ts";
import { type HttpResponse, restResponse } from "./http/response.ts";
import { respondToGraphql } from "./http/graphql-route.ts";
import { healthResponse } from "./http/health.ts";
import type { HttpRequest } from "./http/request.ts";
import { Pool } from "./database/pool.ts";
import { createAuthenticate } from "./http/authentication.ts";
import type { Log, RequestRecord } from "./observe/request-log.ts";
import { buildSchema } from "./graphql/schema.ts";
import type { ServeSettings } from "./settings.ts";
import { createGraphql } from "./graphql/yoga.ts";

/** Answers a browser that asks for a page instead of data; null when it does not. */
export type Explorer = (request: HttpRequest) => Promise<HttpResponse> | null;

export interface ServeOptions {
  /** Milliseconds since 1970; what tokens are checked against. */
  now?: () => number;
  /** A page to try the API with. Lambda has none. */
  explorer?: Explorer;
}

/** The API over one database. */
export interface Serve {
  handle(request: HttpRequest): Promise<HttpResponse>;
  close(): Promise<void>;
}

/** The second is the one that the reference's own documentation names, where it answers 404. */
const ENDPOINTS = new Set(["/graphql/query", "/graphql"]);
const NOT_AUTHORIZED = { error: "Not authorized." };
const FAILED = { error: "An error occurred while processing this request." };
const NOT_FOUND = { error: "The resource at the url requested was not found." };
const WRONG_METHOD = { error: "The method is not allowed for resource at the url requested." };
const TOO_LARGE = { error: "Request body too large." };

/**
 * Puts the API together. Order of a request: preflight → route → body limit → authentication → GraphQL.
 * @param document the prepared schema (schema/schema.generated.ts)
 */
export function createServe(
  settings: ServeSettings,
  document: DocumentNode,
  log: Log,
  { now = Date.now, explorer = () => null }: ServeOptions = {},
): Serve {
  const { databaseUrl, renewDatabaseUrl } = settings;
  const pool = new Pool({
    databaseUrl,
    maximum: settings.dbMaxConns,
    statementTimeout: settings.dbStatementTimeoutSeconds * 1000,
    ...(renewDatabaseUrl && { renewUrl: renewDatabaseUrl }),
  });
  const schema = buildSchema(document);
  const run = createGraphql({
    schema,
    pool,
    maxComplexity: settings.graphqlComplexityLimit,
    introspection: settings.graphqlIntrospectionEnabled,
  });
  const authenticate = createAuthenticate({
    publicKeys: settings.clientAuthPublicKeys,
    maxLifetime: settings.clientAuthMaxTimeoutSeconds,
    now,
  });
  const health = { pool, maxLag: settings.healthMaxLagSeconds };
  const { networkPassphrase } = settings;

  return {
    async handle(request) {
      const start = performance.now();
      const record: RequestRecord = {
        requestId: request.id,
        method: request.method,
        path: "other",
        status: 0,
        duration: 0,
        responseBytes: 0,
      };
      let answer: HttpResponse;
      try {
        answer = await route(request, record);
      } catch (error) {
        record.hidden = [{ path: "", message: error instanceof Error ? error.message : String(error) }];
        answer = restResponse(500, FAILED);
      }
      addCors(request, answer);
      answer.headers["x-request-id"] = request.id;
      if (request.method === "HEAD") answer.body = "";
      Object.assign(record, {
        status: answer.status,
        duration: Math.round((performance.now() - start) * 1000) / 1000,
        responseBytes: Buffer.byteLength(answer.body),
      });
      log.request(record);
      return answer;
    },
    close: () => pool.close(),
  };

  async function route(request: HttpRequest, record: RequestRecord): Promise<HttpResponse> {
    const { path, method } = request;
    if (isPreflight(request)) return preflightResponse(request);
    if (path === "/health") {
      record.path = path;
      return method === "GET" ? healthResponse(health) : restResponse(405, WRONG_METHOD);
    }
    if (path !== "/graphql" && !path.startsWith("/graphql/")) return restResponse(404, NOT_FOUND);
    const page = explorer(request);
    if (page !== null) return page;
    if (request.body.length > settings.clientAuthMaxBodySizeBytes) return restResponse(413, TOO_LARGE);
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
    return respondToGraphql(request, record, run, { networkPassphrase, warn: log.warn });
  }
}
