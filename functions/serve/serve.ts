/*
 * A request: handler.ts (event → request) → http/respond.ts (response's headers, log) → http/route.ts (health, limit of the body,
 * authentication) → http/graphql-endpoint.ts (parse) → graphql/run-graphql.ts (parse, limits, validate, execute, mask) → resolvers/ →
 * loaders/ → queries/ → database/ (one snapshot a request), and back.
 *
 * Each layer imports those below it alone; test/unit/serve-layers.test.ts holds every arrow that is allowed:
 *
 *   http → graphql → resolvers → loaders → nodes → queries → pagination → values, errors
 *   http → observe                                 queries → database
 *
 * A layer may leave out those between (health reads the database without GraphQL). `observe` is told by `http` and knows nobody;
 * `schema` is what is generated from the schema's text. The files beside this one put the layers together.
 */
import type { DocumentNode } from "graphql";
import { Pool } from "./database/pool.ts";
import { createGraphql } from "./graphql/run-graphql.ts";
import { buildSchema } from "./graphql/schema.ts";
import { createAuthenticate } from "./http/authentication.ts";
import type { HttpRequest } from "./http/request.ts";
import { respond } from "./http/respond.ts";
import type { HttpResponse } from "./http/response.ts";
import { createRoute, type Explorer } from "./http/route.ts";
import type { Log } from "./observe/request-log.ts";
import type { ServeSettings } from "./settings.ts";

interface ServeOptions {
  /** Milliseconds since 1970; what tokens are checked against. */
  now?: () => number;
  /** A page to try the API with. */
  explorer?: Explorer;
}

/** The API over one database. */
export interface Serve {
  handle(request: HttpRequest): Promise<HttpResponse>;
  close(): Promise<void>;
}

/**
 * Puts the API together.
 * @param document the prepared schema (schema/schema.generated.ts)
 */
export function createServe(
  settings: ServeSettings,
  document: DocumentNode,
  log: Log,
  { now = Date.now, explorer }: ServeOptions = {},
): Serve {
  const { databaseUrl, renewDatabaseUrl, statementTimeout } = settings;
  const pool = new Pool({
    databaseUrl,
    maximum: settings.maxConnections,
    statementTimeout,
    ...(renewDatabaseUrl && { renewUrl: renewDatabaseUrl }),
  });
  const run = createGraphql({
    schema: buildSchema(document),
    pool,
    maxComplexity: settings.maxComplexity,
    introspection: settings.introspection,
    networkPassphrase: settings.networkPassphrase,
    warn: log.warn,
  });
  const route = createRoute({
    health: { pool, maxLag: settings.healthMaxLag },
    explorer: explorer ?? null,
    maxBodyBytes: settings.maxBodyBytes,
    authenticate: createAuthenticate({ publicKeys: settings.publicKeys, maxLifetime: settings.maxTokenLifetime, now }),
    run,
  });
  return { handle: (request) => respond(request, route, log), close: () => pool.close() };
}
