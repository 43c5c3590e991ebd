import { networkFrom, numberFrom } from "../shared/config.ts";
import { databaseAccess, withDatabaseUrl } from "../shared/database/access.ts";
import type { RunReport } from "./invocation/run-report.ts";
import { runInvocation, type RunOptions } from "./invocation/run.ts";
import { createIndexer } from "./indexer/index-ledger.ts";
import { DEFAULT_COMPRESSION } from "./maintenance/compression.ts";
import type { LedgerSource } from "./source/ledger-source.ts";

/** What the handler needs of Lambda's context. */
export interface InvocationContext {
  /** Milliseconds until Lambda ends the invocation. */
  getRemainingTimeInMillis(): number;
  /** Names the invocation; a caller that is no Lambda leaves it out. */
  awsRequestId?: string;
}

/** What a caller may add to an invocation. */
export type IngestHooks = Pick<
  RunOptions,
  "signal" | "onLedger" | "onMetadata" | "onRetry" | "onEnd" | "ignoreBackOff" | "maxRetries" | "retryWaitMs"
>;

export type IngestHandler = (event: unknown, context: InvocationContext, hooks?: IngestHooks) => Promise<Readonly<RunReport>>;

/** Left of the invocation's time when the last ledger must be done. */
const MARGIN_MS = 5_000;

/**
 * The scheduled function: one invocation of ingestion. The environment is read once.
 * INGEST_TAIL_SECONDS: how long to follow the tip, from the start of the invocation; 0 (default): drain and exit.
 * START_LEDGER: first ledger of an empty database; default: where the source begins (`beginsAt`).
 * RPC_URL: Stellar RPC, asked for the names of new tokens, whatever the source of the ledgers is.
 * INGEST_VERIFY: `true` checks every ledger's rows against the ledger before they are written.
 * RETENTION_DAYS: history older than so many whole days is dropped; 0 (default): all is kept.
 * COMPRESS_AFTER_DAYS, COMPRESS_STATE_CHANGES_AFTER_DAYS: on TimescaleDB, age of a chunk that gets compressed (default: 7, of
 * state changes 30); 0: none does.
 * CODE_VERSION: names this build in the records; a poison ledger that backs off is tried at once by another build.
 * @throws WalletError CONFIG_INVALID
 */
export function createIngestHandler(environment: Readonly<Record<string, string | undefined>>, source: LedgerSource): IngestHandler {
  const { network, networkPassphrase } = networkFrom(environment);
  const database = databaseAccess(environment, "ingestDatabaseUrl");
  const startLedger = numberFrom(environment, "START_LEDGER", 0);
  const followMs = numberFrom(environment, "INGEST_TAIL_SECONDS", 0) * 1000;
  const retentionDays = numberFrom(environment, "RETENTION_DAYS", 0);
  const compression = {
    afterDays: numberFrom(environment, "COMPRESS_AFTER_DAYS", DEFAULT_COMPRESSION.afterDays) || null,
    stateChangesAfterDays: numberFrom(environment, "COMPRESS_STATE_CHANGES_AFTER_DAYS", DEFAULT_COMPRESSION.stateChangesAfterDays) || null,
  };
  const indexer = createIndexer(networkPassphrase);
  return (_event, context, hooks = {}) =>
    withDatabaseUrl(database, (databaseUrl) =>
      runInvocation({
        databaseUrl,
        rpcUrl: environment.RPC_URL || undefined,
        network,
        networkPassphrase,
        source,
        indexer,
        startLedger: startLedger === 0 ? null : startLedger,
        followMs,
        compression,
        retentionDays: retentionDays === 0 ? null : retentionDays,
        deadline: Date.now() + context.getRemainingTimeInMillis() - MARGIN_MS,
        verify: environment.INGEST_VERIFY === "true",
        ...(context.awsRequestId === undefined ? {} : { requestId: context.awsRequestId }),
        ...(environment.CODE_VERSION ? { codeVersion: environment.CODE_VERSION } : {}),
        ...hooks,
      }),
    );
}
