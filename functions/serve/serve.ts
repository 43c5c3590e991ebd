import type { DocumentNode } from "graphql";
import { addCors, isPreflight, preflightAnswer } from "./http/cors.ts";
import { type HttpAnswer, restAnswer } from "./http/response.ts";
import { answerGraphql } from "./http/graphql-route.ts";
import { healthAnswer } from "./http/health.ts";
import type { HttpRequest } from "./http/request.ts";
import { Lanes } from "./database/pool.ts";
import { createAuthenticate } from "./http/authentication.ts";
import type { Log, RequestRecord } from "./observe/request-log.ts";
import { buildSchema } from "./graphql/schema.ts";
import type { ServeSettings } from "./settings.ts";
import { createGraphql } from "./graphql/yoga.ts";

/** Answers a browser that asks for a page instead of data; null when it does not. */
export type Explorer = (request: HttpRequest) => Promise<HttpAnswer> | null;

export interface ServeOptions {
  /** Milliseconds since 1970; what tokens are checked against. */
  now?: () => number;
  /** A page to try the API with. Lambda has none. */
  explorer?: Explorer;
}

/** The API over one database. */
export interface Serve {
  handle(request: HttpRequest): Promise<HttpAnswer>;
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
  const { databaseUrl, renewDatabaseUrl, statementTimeout } = settings;
  const lanes = new Lanes({
    databaseUrl,
    maximum: settings.lanes,
    statementTimeout,
    ...(renewDatabaseUrl && { renewUrl: renewDatabaseUrl }),
  });
  const schema = buildSchema(document);
  const run = createGraphql({ schema, lanes, maxComplexity: settings.maxComplexity, introspection: settings.introspection });
  const authenticate = createAuthenticate({ publicKeys: settings.publicKeys, maxLifetime: settings.maxTokenLifetime, now });
  const health = { lanes, maxLag: settings.healthMaxLag };
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
        answerBytes: 0,
      };
      let answer: HttpAnswer;
      try {
        answer = await route(request, record);
      } catch (error) {
        record.hidden = [{ path: "", message: error instanceof Error ? error.message : String(error) }];
        answer = restAnswer(500, FAILED);
      }
      addCors(request, answer);
      answer.headers["x-request-id"] = request.id;
      if (request.method === "HEAD") answer.body = "";
      Object.assign(record, {
        status: answer.status,
        duration: Math.round((performance.now() - start) * 1000) / 1000,
        answerBytes: Buffer.byteLength(answer.body),
      });
      log.request(record);
      return answer;
    },
    close: () => lanes.close(),
  };

  async function route(request: HttpRequest, record: RequestRecord): Promise<HttpAnswer> {
    const { path, method } = request;
    if (isPreflight(request)) return preflightAnswer(request);
    if (path === "/health") {
      record.path = path;
      return method === "GET" ? healthAnswer(health) : restAnswer(405, WRONG_METHOD);
    }
    if (path !== "/graphql" && !path.startsWith("/graphql/")) return restAnswer(404, NOT_FOUND);
    const page = explorer(request);
    if (page !== null) return page;
    if (request.body.length > settings.maxBodyBytes) return restAnswer(413, TOO_LARGE);
    if (authenticate !== null) {
      const verdict = authenticate(request);
      if ("refused" in verdict) {
        record.refused = verdict.refused;
        return restAnswer(401, NOT_AUTHORIZED);
      }
      record.keyId = verdict.key.slice(0, 8);
    }
    if (!ENDPOINTS.has(path)) return restAnswer(404, NOT_FOUND);
    record.path = path;
    if (method === "HEAD") return restAnswer(405, WRONG_METHOD);
    return answerGraphql(request, record, run, { networkPassphrase, warn: log.warn });
  }
}
