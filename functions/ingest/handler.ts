import { networkFrom, numberFrom } from "../shared/config.ts";
import { databaseAccess, withDatabaseUrl } from "../shared/database-access.ts";
import { drain, type DrainSummary, type LedgerProgress } from "./drain.ts";
import { createIndexer } from "./indexer/index-ledger.ts";
import type { LedgerSource } from "./source/ledger-source.ts";
import type { MetadataSummary } from "./tokens/metadata-queue.ts";

/** What the handler needs of Lambda's context. */
export interface InvocationContext {
  /** Milliseconds until Lambda ends the invocation. */
  getRemainingTimeInMillis(): number;
}

/** Hooks of a caller that is no Lambda. */
export interface IngestHooks {
  signal?: AbortSignal;
  onLedger?: (progress: LedgerProgress) => void;
  onMetadata?: (summary: MetadataSummary) => void;
}

export type IngestHandler = (event: unknown, context: InvocationContext, hooks?: IngestHooks) => Promise<DrainSummary>;

/** Left of the invocation's time when the last ledger must be done. */
const MARGIN_MS = 5_000;

/**
 * The scheduled function: one invocation of ingestion. The environment is read once.
 * INGEST_TAIL_SECONDS: how long to follow the tip, from the start of the invocation; 0 (default): drain and exit.
 * START_LEDGER: first ledger of an empty database; default: where the source begins (`beginsAt`).
 * RPC_URL: Stellar RPC, asked for the names of new tokens, whatever the source of the ledgers is.
 * INGEST_VERIFY: `true` checks every ledger's rows against the ledger before they are written.
 * @throws WalletError CONFIG_INVALID
 */
export function createIngestHandler(environment: Readonly<Record<string, string | undefined>>, source: LedgerSource): IngestHandler {
  const { network, networkPassphrase } = networkFrom(environment);
  const database = databaseAccess(environment, "ingestDatabaseUrl");
  const startLedger = numberFrom(environment, "START_LEDGER", 0);
  const followMs = numberFrom(environment, "INGEST_TAIL_SECONDS", 0) * 1000;
  const indexer = createIndexer(networkPassphrase);
  return (_event, context, hooks = {}) =>
    withDatabaseUrl(database, (databaseUrl) =>
      drain({
        databaseUrl,
        network,
        networkPassphrase,
        source,
        indexer,
        startLedger: startLedger === 0 ? null : startLedger,
        followMs,
        deadline: Date.now() + context.getRemainingTimeInMillis() - MARGIN_MS,
        rpcUrl: environment.RPC_URL || undefined,
        verify: environment.INGEST_VERIFY === "true",
        ...hooks,
      }),
    );
}
