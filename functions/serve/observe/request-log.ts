import type { PipelineContext } from "../graphql/pipeline-context.ts";
import type { HiddenError } from "../graphql/mask-errors.ts";

/** What is known of one request when it has been answered. Never variables, tokens or query text. */
export interface RequestRecord {
  requestId: string;
  method: string;
  path: string;
  status: number;
  /** Milliseconds. */
  duration: number;
  responseBytes: number;
  /** Names of the operation's root fields. */
  rootFields?: string[];
  cost?: PipelineContext["cost"];
  ledger?: PipelineContext["ledger"];
  statements?: number;
  /** The first characters of the signer's public key. */
  keyId?: string;
  /** Why authentication refused. */
  refused?: string;
  errorCodes?: string[];
  hidden?: HiddenError[];
}

/** Where records and warnings go. */
export interface Log {
  request(record: RequestRecord): void;
  warn(message: string, facts: Record<string, string>): void;
}

/** A log that keeps nothing. */
export const silentLog: Log = { request: () => {}, warn: () => {} };
