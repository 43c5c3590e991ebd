import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { backOff, jitter } from "../../shared/retry.ts";
import type { Indexer } from "../indexer/index-ledger.ts";
import type { NewerProtocol } from "../environment.ts";
import type { LedgerSource } from "../source/ledger-source.ts";
import type { TestNetwork } from "../source/test-network.ts";
import type { RpcSummary } from "../tokens/ask-rpc.ts";
import { judge } from "./judge.ts";
import { newReport, type CompletedOutcome, type RunReport } from "./run-report.ts";
import { Session } from "./session.ts";
import { TimeBudget } from "./time-budget.ts";

/** What an invocation needs. */
export interface RunOptions {
  /** A direct connection (no transaction pooler). */
  databaseUrl: string;
  /** Names the lock. */
  network: string;
  networkPassphrase: string;
  source: LedgerSource;
  indexer: Indexer;
  /** First ledger of an empty database; null: where the source begins. */
  startLedger: number | null;
  /** How long to follow the tip after everything pending is written, milliseconds from the start of the invocation; 0: drain and exit. */
  followMs: number;
  /** When this invocation must be over, milliseconds since 1970. Pending ledgers are written until then, also beyond `followMs`. */
  deadline: number;
  /** Time that must be left before the deadline to begin a ledger, milliseconds; three quarters of it bound the ledger's write. */
  reserveMs?: number;
  /** Ends the invocation between two ledgers. */
  signal?: AbortSignal;
  /** Checks each ledger's rows against the ledger before they are written; a difference stops the invocation. Off by default. */
  verify?: boolean;
  /** Write ledgers of a protocol that the indexer does not know, marked, or stop before them? `continue` by default. */
  newerProtocol?: NewerProtocol;
  /** Keeps the signatures of transactions. On by default. */
  storeSignatures?: boolean;
  /** Names the invocation in pg_stat_activity, records and logs; must be its own. Default: a random one. */
  requestId?: string;
  /** Which code this is: a poison ledger that backs off is tried at once by other code. */
  codeVersion?: string;
  /** Tries a poison ledger even when its next attempt is not due. */
  ignoreBackOff?: boolean;
  /** Retries after transient errors without a ledger in between; 0: none. */
  maxRetries?: number;
  /** The wait before the first of them, milliseconds; it doubles. Default: 250. */
  retryWaitMs?: number;
  /** Stellar RPC, asked for what the ledgers leave open about tokens once they are written; undefined: that waits. */
  rpcUrl?: string | undefined;
  /** Asked once a day which protocol is coming; null or absent: none. */
  testNetwork?: TestNetwork | null;
  /** Whole days of history that are kept before the day of the newest ledger; null or absent: all. */
  retentionDays?: number | null;
  /** On TimescaleDB: age from which on chunks are compressed, days; null: never; absent: as the migration has set it. */
  compressAfterDays?: number | null;
  /** Called after each committed ledger. */
  onLedger?: (progress: LedgerProgress) => void;
  /** Called after the pass over what Stellar RPC is asked for. */
  onRpc?: (summary: RpcSummary) => void;
  /** Called before each retry after a transient error. */
  onRetry?: (retry: Retry) => void;
  /** Called once at the end of every invocation, also of a failed one. */
  onEnd?: (report: Readonly<RunReport>) => void;
}

/** One committed ledger. */
export interface LedgerProgress {
  ledger: number;
  closedAt: bigint;
  transactions: number;
  /** Decoding, indexing and encoding, milliseconds. */
  indexMs: number;
  /** From begin to the response to the commit, milliseconds. */
  persistMs: number;
}

/** A retry after a transient error. */
interface Retry {
  /** Counted from 1 within the invocation. */
  retry: number;
  /** How long it waits first. */
  waitMs: number;
  /** Code and message of the error, as in the report's failure. */
  code: string;
  message: string;
}

/** The bound of one ledger's write (15 s) and some for the way out. */
const RESERVE_MS = 20_000;
const MAX_RETRIES = 3;
/** The bound also of errors with ledgers in between. */
const MAX_RETRIES_IN_ALL = 10;
const RETRY_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;

/**
 * One invocation of ingestion: takes the lock, writes every pending ledger in order, each in one transaction with its cursor,
 * and follows the source until its time is up. After a transient error (lost session, failover, deadlock, a source that does
 * not respond) it is retried a few times, always from the cursor in the database.
 * @returns the report of a run that did not fail; that of a failed run goes to `onEnd` alone, so that the error stays the one
 * that happened
 * @throws WalletError after which the database is at a whole ledger, and the next invocation goes on
 */
export async function runInvocation(options: RunOptions): Promise<RunReport> {
  const { requestId = randomUUID(), codeVersion = "development", source } = options;
  const report = newReport({ requestId, codeVersion, source: source.name });
  try {
    report.outcome = await runSessions(options, report);
    return report;
  } finally {
    report.endedAt = Date.now();
    report.sourceInUse = source.inUse ?? source.name;
    options.onEnd?.(report);
  }
}

/** Retries after a transient error; each attempt has its own session and lock and reads the cursor anew. */
async function runSessions(options: RunOptions, report: RunReport): Promise<CompletedOutcome> {
  const { signal, maxRetries = MAX_RETRIES, retryWaitMs = RETRY_WAIT_MS, onRetry } = options;
  const budget = new TimeBudget(options.deadline, options.reserveMs ?? RESERVE_MS);
  let failuresInARow = 0;
  for (;;) {
    const ledgersBefore = report.ledgers;
    let session: Session | null = null;
    try {
      session = new Session(options, report, budget);
      return await session.run();
    } catch (thrown) {
      const { phase = null, ledger = null } = session?.failure ?? {};
      const verdict = judge(thrown, phase);
      const { error, code, message, sqlstate, retry, poison } = verdict;
      report.outcome = "failed";
      report.failure = { code, message, sqlstate, ledger, phase, poison, attempts: null };
      await session?.recordFailure(verdict);
      failuresInARow = report.ledgers > ledgersBefore ? 1 : failuresInARow + 1;
      const waitMs = Math.round(jitter(backOff(failuresInARow, { first: retryWaitMs, longest: LONGEST_WAIT_MS })));
      const mayRetry = retry && failuresInARow <= maxRetries && report.retries < MAX_RETRIES_IN_ALL;
      if (!mayRetry || signal?.aborted || budget.left < waitMs) throw error;
      report.retries++;
      report.failure = null;
      onRetry?.({ retry: report.retries, waitMs, code, message });
      await sleep(waitMs, undefined, signal ? { signal } : {}).catch(() => {});
    } finally {
      await session?.close();
    }
  }
}
