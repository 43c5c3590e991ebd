import { databaseAccess, withDatabaseUrl } from "../shared/database/access.ts";
import type { IngestSettings } from "./environment.ts";
import type { RunReport } from "./invocation/run-report.ts";
import { runInvocation, type RunOptions } from "./invocation/run.ts";
import { createIndexer } from "./indexer/index-ledger.ts";
import { findTestNetwork } from "./source/test-network.ts";
import type { LedgerSource } from "./source/ledger-source.ts";

/** What the handler needs of Lambda's context. */
export interface InvocationContext {
  /** Milliseconds until Lambda ends the invocation. */
  getRemainingTimeInMillis(): number;
  /** Names the invocation; a caller that is no Lambda leaves it out. */
  awsRequestId?: string;
}

/** What a caller may add to an invocation. */
type IngestHooks = Pick<RunOptions, "signal" | "onLedger" | "onRpc" | "onRetry" | "onEnd" | "ignoreBackOff" | "maxRetries" | "retryWaitMs">;

export type IngestHandler = (event: unknown, context: InvocationContext, hooks?: IngestHooks) => Promise<Readonly<RunReport>>;

/** Left of the invocation's time when the last ledger must be done. */
const MARGIN_MS = 5_000;

/**
 * The scheduled function: one invocation of ingestion.
 * @throws WalletError CONFIG_INVALID
 */
export function createIngestHandler(settings: IngestSettings, source: LedgerSource): IngestHandler {
  const { network, networkPassphrase, startLedger, retentionDays, rpcUrl, codeVersion } = settings;
  const database = databaseAccess(settings, "ingestDatabaseUrl");
  const indexer = createIndexer(networkPassphrase);
  const testNetwork = findTestNetwork(settings);
  return (_event, context, hooks = {}) =>
    withDatabaseUrl(database, (databaseUrl) =>
      runInvocation({
        databaseUrl,
        rpcUrl,
        network,
        networkPassphrase,
        source,
        indexer,
        startLedger,
        followMs: settings.ingestTailSeconds * 1000,
        compressAfterDays: settings.compressAfterDays,
        retentionDays,
        deadline: Date.now() + context.getRemainingTimeInMillis() - MARGIN_MS,
        storeSignatures: settings.storeSignatures,
        verify: settings.ingestVerify,
        testNetwork,
        newerProtocol: settings.newerProtocol,
        ...(context.awsRequestId === undefined ? {} : { requestId: context.awsRequestId }),
        codeVersion,
        ...hooks,
      }),
    );
}
