/*
 * A request: handler.ts (event → request) → http/respond.ts (headers of every response, log) → http/route.ts (health, limit of the
 * body, authentication) → http/graphql-endpoint.ts (parse the HTTP request) → graphql/run-graphql.ts (parse the document, limits, validate, execute, mask errors)
 * → resolvers/ → loaders/ → queries/ → database/ (one snapshot a request), and back.
 *
 * A layer imports only what stands below it. The arrows, of which test/unit/layers.test.ts has the table:
 *
 *   http → graphql → resolvers → loaders → nodes → queries → database
 *   http → observe (log, metrics), which imports errors alone
 *   leaves: pagination, values, errors (what a client may see), schema (generated from its text)
 *
 * A layer may leave out those between: health reads the database without GraphQL. The files beside this one put the layers together.
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
  const { databaseUrl, renewDatabaseUrl } = settings;
  const pool = new Pool({
    databaseUrl,
    maximum: settings.dbMaxConns,
    maximumWaiting: settings.dbMaxWaiting,
    statementTimeout: settings.dbStatementTimeoutSeconds * 1000,
    ...(renewDatabaseUrl && { renewUrl: renewDatabaseUrl }),
  });
  const run = createGraphql({
    schema: buildSchema(document),
    pool,
    maxComplexity: settings.graphqlComplexityLimit,
    introspection: settings.graphqlIntrospectionEnabled,
    networkPassphrase: settings.networkPassphrase,
    warn: log.warn,
  });
  const route = createRoute({
    health: { pool, maxLag: settings.healthMaxLagSeconds },
    explorer: explorer ?? null,
    maxBodyBytes: settings.clientAuthMaxBodySizeBytes,
    authenticate: createAuthenticate({ publicKeys: settings.clientAuthPublicKeys, maxLifetime: settings.clientAuthMaxTimeoutSeconds, now }),
    run,
  });
  return { handle: (request) => respond(request, route, log), close: () => pool.close() };
}
