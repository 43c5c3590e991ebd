import { type INGEST_VARIABLES, readIngestEnvironment } from "../../functions/ingest/environment.ts";
import { summarize, type RunReport } from "../../functions/ingest/invocation/run-report.ts";
import type { LedgerProgress } from "../../functions/ingest/invocation/run.ts";
import { createIngestHandler } from "../../functions/ingest/handler.ts";
import type { RpcSummary } from "../../functions/ingest/tokens/ask-rpc.ts";
import type { LedgerSource } from "../../functions/ingest/source/ledger-source.ts";

/** What `ingestOnce` needs. */
interface IngestOptions {
  /** For the database's URL. */
  environment: NodeJS.ProcessEnv;
  source: LedgerSource;
  passphrase: string;
  /** First ledger of an empty database; null: where the source begins. */
  startLedger: number | null;
  /** Seconds to follow the tip, counted from the start of the invocation; 0: drain and exit. */
  tailSeconds: number;
  signal: AbortSignal;
  /** Called after each committed ledger. */
  onLedger?: (progress: LedgerProgress) => void;
  /** Tries a poison ledger even when its next attempt is not due. */
  ignoreBackOff?: boolean;
}

/** Variables that a command lays over the environment; undefined: unset. */
export type Overlay = Partial<Record<keyof typeof INGEST_VARIABLES, string | undefined>>;

/** As long as an invocation may last in Lambda. */
const LONGEST_MS = 15 * 60_000;

/** One invocation of ingestion, with the handler that runs in Lambda. @throws WalletError */
export function ingestOnce(options: IngestOptions): Promise<Readonly<RunReport>> {
  const { environment, source, passphrase, startLedger, tailSeconds, signal, onLedger, ignoreBackOff = false } = options;
  // NETWORK names public networks only: here the passphrase decides, so that the two cannot disagree.
  const network: Overlay = { NETWORK: undefined, NETWORK_PASSPHRASE: passphrase };
  const handler = createIngestHandler(
    {
      ...readIngestEnvironment({ ...environment, ...network }),
      ingestTailSeconds: tailSeconds,
      startLedger,
    },
    source,
  );
  const context = { getRemainingTimeInMillis: () => LONGEST_MS };
  return handler({}, context, { signal, ignoreBackOff, onRpc: printTokens, ...(onLedger && { onLedger }) });
}

/** What an operator at a terminal wants to see of the pass over what Stellar RPC is asked for. */
function printTokens({ instances, code, names, balances, uris, layouts, queues, problem }: RpcSummary): void {
  const time = new Date().toISOString().slice(11, 19);
  const done = [
    [instances.resolved, "contracts found"],
    [code.resolved, "codes read"],
    [names.resolved, "named"],
    [balances.resolved, "balances told"],
    [uris.resolved, "NFTs described"],
  ].filter(([count]) => count !== 0);
  if (done.length > 0) {
    const waiting = `${queues.metadata} tokens wait for their name, ${queues.code} for their code`;
    process.stderr.write(`${time} tokens: ${done.map(([count, what]) => `${count} ${what}`).join(", ")}; ${waiting}\n`);
  }
  for (const { wasmHash, contradiction } of layouts.refuted)
    process.stderr.write(`${time} tokens: balances of code ${wasmHash} are not read from storage any more: ${contradiction}\n`);
  if (problem) process.stderr.write(`${time} tokens: ${problem.code}: ${problem.message}\n`);
}

/** What a run did, in a line for people or as JSON. */
export function describeRun(report: Readonly<RunReport>, json: boolean): string {
  const { outcome, from, to, ledgers } = report;
  if (json) return JSON.stringify(summarize(report));
  const time = new Date().toISOString().slice(11, 19);
  if (outcome === "held") return `${time} ingest: another run holds the lock; nothing to do here`;
  if (outcome === "backing-off") return `${time} ingest: the next ledger failed too often; its next attempt is not due (see wallet status)`;
  if (ledgers === 0) return `${time} ingest: no new ledger`;
  const range = from === to ? `ledger ${from}` : `ledgers ${from} to ${to}`;
  return `${time} ingest: wrote ${ledgers} (${range})`;
}
