import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { asWalletError } from "./as-wallet-error.ts";
import { classify, databaseCode } from "./classify.ts";
import { describeError } from "./failure-record.ts";
import type { Indexer } from "../indexer/index-ledger.ts";
import { newReport, type RunReport } from "./run-report.ts";
import { Session } from "./session.ts";
import type { CompressionAges } from "../maintenance/compression.ts";
import type { LedgerSource } from "../source/ledger-source.ts";
import { TimeBudget } from "./time-budget.ts";
import type { MetadataSummary } from "../tokens/metadata-queue.ts";

export interface DrainOptions {
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
  /** Names the invocation in pg_stat_activity, records and logs; must be its own. Default: a random one. */
  requestId?: string;
  /** Which code this is: a poison ledger that backs off is tried at once by other code. */
  codeVersion?: string;
  /** Tries a poison ledger even when its next attempt is not due. */
  ignoreBackOff?: boolean;
  /** How often to begin again after transient errors without a ledger in between; 0: never. */
  maxRetries?: number;
  /** The wait before the first of them, milliseconds; it doubles. Default: 250. */
  retryWaitMs?: number;
  /** Stellar RPC, asked for the names of new tokens once the ledgers are written; undefined: they wait. */
  rpcUrl?: string | undefined;
  /** Whole days of history that are kept before the day of the newest ledger; null or absent: all. */
  retentionDays?: number | null;
  /** On TimescaleDB: from which age on chunks are compressed; absent: as the migration has set it. */
  compression?: CompressionAges;
  /** Called after each committed ledger. */
  onLedger?: (progress: LedgerProgress) => void;
  /** Called after the pass over the tokens without a name. */
  onMetadata?: (summary: MetadataSummary) => void;
  /** Called before each new beginning after a transient error. */
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
  /** From begin to the answer of the commit, milliseconds. */
  persistMs: number;
}

/** A new beginning after a transient error. */
export interface Retry {
  /** Counted from 1 within the invocation. */
  retry: number;
  error: unknown;
  waitMs: number;
}

export interface DrainSummary {
  /**
   * `held`: another invocation has the lock. `drained`: nothing more to write. `stopped`: time was up or the caller's signal
   * came. `backing-off`: the next ledger is poison, and its next attempt is not due.
   */
  outcome: "drained" | "stopped" | "held" | "backing-off";
  /** First and last ledger that this invocation wrote; null when none. */
  from: number | null;
  to: number | null;
  ledgers: number;
}

/** The bound of one ledger's write (15 s) and some for the way out. */
const RESERVE_MS = 20_000;
const MAX_RETRIES = 3;
/** However often there was a ledger in between: more bad luck than this is no luck. */
const MAX_RETRIES_IN_ALL = 10;
const RETRY_WAIT_MS = 250;

/**
 * One invocation of ingestion: takes the lock, writes every pending ledger in order, each in one transaction with its cursor,
 * and follows the source until its time is up. After a transient error (lost session, failover, dead-lock, a source that does
 * not answer) it begins again a few times, always from the cursor in the database.
 * @throws WalletError after which the database is at a whole ledger, and the next invocation goes on
 */
export async function drain(options: DrainOptions): Promise<DrainSummary> {
  const { requestId = randomUUID(), codeVersion = "development", source } = options;
  const report = newReport({ requestId, codeVersion, source: source.name });
  const budget = new TimeBudget(options.deadline, options.reserveMs ?? RESERVE_MS);
  try {
    const outcome = await withRetries(options, report, budget);
    report.outcome = outcome;
    return { outcome, from: report.from, to: report.to, ledgers: report.ledgers };
  } catch (error) {
    const known = asWalletError(error);
    report.outcome = "failed";
    report.failure ??= {
      ...describeError(known),
      sqlstate: databaseCode(known),
      ledger: null,
      phase: null,
      poison: false,
      attempts: null,
    };
    throw known;
  } finally {
    report.endedAt = Date.now();
    report.sourceInUse = source.inUse ?? source.name;
    options.onEnd?.(report);
  }
}

/** Begins again after a transient error, with a session, a lock and a look at the cursor of its own. */
async function withRetries(options: DrainOptions, report: RunReport, budget: TimeBudget): Promise<DrainSummary["outcome"]> {
  const { signal, maxRetries = MAX_RETRIES, retryWaitMs = RETRY_WAIT_MS, onRetry } = options;
  let inARow = 0;
  for (;;) {
    const before = report.ledgers;
    const session = new Session(options, report, budget);
    try {
      return await session.run();
    } catch (error) {
      inARow = report.ledgers > before ? 1 : inARow + 1;
      // Jitter, so that many instances do not come back in step.
      const waitMs = Math.round(retryWaitMs * 2 ** (inARow - 1) * (0.75 + Math.random() / 2));
      const hope = classify(error).retry && inARow <= maxRetries && report.retries < MAX_RETRIES_IN_ALL;
      if (!hope || signal?.aborted || budget.left < waitMs) throw error;
      report.retries++;
      report.failure = null;
      onRetry?.({ retry: report.retries, error, waitMs });
      await sleep(waitMs, undefined, signal ? { signal } : {}).catch(() => {});
    } finally {
      await session.close();
    }
  }
}
