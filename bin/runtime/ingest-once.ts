import { drain, type DrainSummary, type LedgerProgress } from "../../functions/ingest/drain.ts";
import { createIndexer } from "../../functions/ingest/indexer/index-ledger.ts";
import type { LedgerSource } from "../../functions/ingest/source/ledger-source.ts";
import { networkFrom, readConfig } from "../../functions/shared/config.ts";

/** What `ingestOnce` needs. */
export interface IngestOptions {
  /** For the database's URL. */
  environment: NodeJS.ProcessEnv;
  source: LedgerSource;
  passphrase: string;
  /** First ledger of an empty database; null: the oldest that the source has. */
  startLedger: number | null;
  /** Seconds to follow the tip, counted from the start of the invocation; 0: drain and exit. */
  tailSeconds: number;
  signal: AbortSignal;
  /** Called after each committed ledger. */
  onLedger?: (progress: LedgerProgress) => void;
}

/** As long as an invocation may last in Lambda. */
const LONGEST_MS = 15 * 60_000;

/** One invocation of ingestion, with the loop that runs in Lambda. @throws WalletError */
export function ingestOnce(options: IngestOptions): Promise<DrainSummary> {
  const { environment, source, passphrase, startLedger, tailSeconds, signal, onLedger } = options;
  // NETWORK names public networks only: here the passphrase decides, so that the two cannot disagree.
  const { network } = networkFrom({ NETWORK_PASSPHRASE: passphrase });
  return drain({
    databaseUrl: readConfig({ ...environment, NETWORK: undefined, NETWORK_PASSPHRASE: passphrase }).ingestDatabaseUrl,
    network,
    networkPassphrase: passphrase,
    source,
    indexer: createIndexer(passphrase),
    startLedger,
    followMs: tailSeconds * 1000,
    deadline: Date.now() + LONGEST_MS,
    signal,
    onLedger,
  });
}

/** A line for people. */
export function describeSummary({ outcome, from, to, ledgers }: DrainSummary): string {
  const time = new Date().toISOString().slice(11, 19);
  if (outcome === "held") return `${time} ingest: another run holds the lock; nothing to do here`;
  if (ledgers === 0) return `${time} ingest: no new ledger`;
  const range = from === to ? `ledger ${from}` : `ledgers ${from} to ${to}`;
  return `${time} ingest: wrote ${ledgers} (${range})`;
}
