import type { HttpResponse } from "../http/response.ts";
import type { Loaders } from "../loaders/loaders.ts";
import type { Snapshot } from "../database/snapshot.ts";

/** A GraphQL request, however it came. */
export interface GraphqlParams {
  query: string;
  variables?: Record<string, unknown>;
  operationName?: string;
}

/** What the plugins of one request share; `Context` is the resolvers' part. */
export interface PipelineContext {
  params: GraphqlParams;
  networkPassphrase: string;
  warn: (message: string, facts: Record<string, string>) => void;
  /** Names of the root fields, for log and metrics. */
  rootFields?: string[];
  snapshot?: Snapshot;
  loaders?: Loaders;
  cost?: { complexity: number; limit: number; depth: number };
  /** Given instead of the result: the database's schema is too old. */
  refused?: HttpResponse;
  ledger?: { sequence: number | null; closedAt: string | null; lagSeconds: number | null };
}
