import { connectDatabase, type Database } from "../shared/database.ts";
import { WalletError } from "../shared/errors.ts";
import { withDriverGuard } from "./driver-guard.ts";
import type { Indexer } from "./indexer/index-ledger.ts";
import type { LedgerRows } from "./indexer/rows.ts";
import { releaseLock, takeLock } from "./lock.ts";
import { LedgerWriter, type PreparedLedger } from "./persist/ledger-writer.ts";
import type { LedgerSource, RawLedger } from "./source/ledger-source.ts";
import { drainMetadataQueue, type MetadataSummary } from "./tokens/metadata-queue.ts";
import { requireVerified } from "./verify/verify-ledger.ts";

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
  /** When this invocation must be over, milliseconds since 1970. */
  deadline: number;
  /** Ends the invocation between two ledgers. */
  signal?: AbortSignal;
  /** Checks each ledger's rows against the ledger before they are written; a difference stops the invocation. Off by default. */
  verify?: boolean;
  /** Stellar RPC, asked for the names of new tokens once the ledgers are written; undefined: they wait. */
  rpcUrl?: string | undefined;
  /** Called after each committed ledger. */
  onLedger?: (progress: LedgerProgress) => void;
  /** Called after the pass over the tokens without a name. */
  onMetadata?: (summary: MetadataSummary) => void;
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

export interface DrainSummary {
  /** `held`: another invocation has the lock. `drained`: nothing more to write. `stopped`: time was up or the caller's signal came. */
  outcome: "drained" | "stopped" | "held";
  /** First and last ledger that this invocation wrote; null when none. */
  from: number | null;
  to: number | null;
  ledgers: number;
}

/** A ledger is begun only with this much time left: the bound of one ledger's write and some for the way out. */
const LEDGER_TIMEOUT_MS = 15_000;
const RESERVE_MS = 5_000;
/** The pass over the tokens without a name takes no longer: the next invocation waits for the lock. */
const METADATA_MS = 10_000;

/**
 * One invocation of ingestion: takes the lock, writes every pending ledger in order, each in one transaction with its cursor,
 * and follows the source until its time is up. While a ledger is being written the next one is fetched and indexed.
 * @throws WalletError after which the database is at a whole ledger, and the next invocation goes on
 */
export function drain(options: DrainOptions): Promise<DrainSummary> {
  return withDriverGuard(async () => {
    const sql = connectDatabase(options.databaseUrl, {
      applicationName: `ingest/${Math.floor(options.deadline / 1000)}`,
      statementTimeout: 60_000,
      lockTimeout: 5_000,
      idleInTransactionTimeout: 30_000,
      idleSessionTimeout: 60_000,
    });
    try {
      return await drainOn(sql, options);
    } catch (error) {
      throw databaseError(error);
    } finally {
      await releaseLock(sql, options.network);
      await sql.end({ timeout: 5 }).catch(() => {});
    }
  });
}

async function drainOn(sql: Database, options: DrainOptions): Promise<DrainSummary> {
  const lock = await takeLock(sql, options.network, options.networkPassphrase);
  if (!lock) return { outcome: "held", from: null, to: null, ledgers: 0 };
  const run = new Run(new LedgerWriter(sql, lock.fence, LEDGER_TIMEOUT_MS), options);
  const summary = await run.from(lock.latest === null ? options.startLedger : lock.latest + 1);
  const { rpcUrl, networkPassphrase, deadline, signal, onMetadata } = options;
  if (!signal?.aborted) {
    const until = Math.min(deadline - RESERVE_MS, Date.now() + METADATA_MS);
    const named = await drainMetadataQueue(sql, { rpcUrl, networkPassphrase, deadline: until, signal });
    onMetadata?.(named);
  }
  return summary;
}

/** The loop of one invocation: at most one ledger is on its way to the database while the next is being indexed. */
class Run {
  readonly #writer: LedgerWriter;
  readonly #options: DrainOptions;
  readonly #summary: DrainSummary = { outcome: "drained", from: null, to: null, ledgers: 0 };
  readonly #stop = new AbortController();
  /** The write under way. Never rejects by itself: a failure is kept until the loop meets it. */
  #writing: Promise<void> = Promise.resolve();
  #failure: unknown = null;

  constructor(writer: LedgerWriter, options: DrainOptions) {
    this.#writer = writer;
    this.#options = options;
  }

  async from(first: number | null): Promise<DrainSummary> {
    const { source, followMs, deadline, signal } = this.#options;
    const stop = (): void => this.#stop.abort();
    const follow = followMs > 0 ? Math.min(followMs, deadline - Date.now() - RESERVE_MS) : 0;
    const timer = follow > 0 ? setTimeout(stop, follow) : undefined;
    signal?.addEventListener("abort", stop, { once: true });
    if (signal?.aborted) stop();
    try {
      for await (const raw of source.open(first, this.#stop.signal, { follow: follow > 0 })) {
        if (!this.#hasTime()) break;
        await this.#add(raw);
        if (this.#failure) break;
      }
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
      // Whatever ends the loop, the ledger under way is finished first: every ledger before a bad one is kept.
      await this.#writing;
    }
    if (this.#failure) throw this.#failure;
    if (this.#stop.signal.aborted) this.#summary.outcome = "stopped";
    return this.#summary;
  }

  #hasTime(): boolean {
    const enough = !this.#stop.signal.aborted && Date.now() + LEDGER_TIMEOUT_MS + RESERVE_MS <= this.#options.deadline;
    if (!enough) this.#summary.outcome = "stopped";
    return enough;
  }

  async #add(raw: RawLedger): Promise<void> {
    const started = performance.now();
    const rows = this.#index(raw);
    const ledger = this.#writer.prepare(rows);
    const indexMs = performance.now() - started;
    const transactions = rows.transactions.length;
    await this.#writing;
    if (this.#failure) return;
    this.#writing = this.#write(ledger, { transactions, indexMs }).catch((error: unknown) => {
      this.#failure = error;
    });
    // Lets the write begin before the next ledger is indexed, which takes the thread.
    await new Promise((next) => setImmediate(next));
  }

  #index(raw: RawLedger): LedgerRows {
    const { indexer, networkPassphrase, verify } = this.#options;
    try {
      if (verify) requireVerified(raw.bytes, networkPassphrase, indexer);
      return indexer.index(raw.bytes);
    } catch (error) {
      if (!(error instanceof WalletError)) throw error;
      throw new WalletError(
        error.code,
        `${raw.origin}: ${error.message}`,
        { ...error.details, ledger: raw.sequence, origin: raw.origin },
        { cause: error },
      );
    }
  }

  async #write(ledger: PreparedLedger, measured: { transactions: number; indexMs: number }): Promise<void> {
    const started = performance.now();
    await this.#writer.write(ledger);
    const { sequence, closedAt } = ledger;
    this.#summary.from ??= sequence;
    this.#summary.to = sequence;
    this.#summary.ledgers++;
    this.#options.onLedger?.({
      ledger: sequence,
      closedAt,
      ...measured,
      persistMs: performance.now() - started,
    });
  }
}

/** Errors of the connection itself become one that says what to do; the driver's own text may name the host, never the password. */
function databaseError(error: unknown): unknown {
  if (error instanceof WalletError) return error;
  const code = (error as { code?: string }).code ?? "";
  if (code === "42P01")
    return new WalletError(
      "DATABASE_TOO_OLD",
      "The database has no schema or an older one. Run the migrations first: npm run wallet -- migrate.",
      { sqlstate: code },
      { cause: error },
    );
  if (/^(CONNECT|ECONN|ENOTFOUND|EHOST|ETIMEDOUT|28|3D|57P|53)/.test(code)) {
    return new WalletError(
      "DATABASE_UNREACHABLE",
      `The database cannot be used (${code}). Check INGEST_DATABASE_URL or DATABASE_URL and that the server runs.`,
      { sqlstate: code },
      { cause: error },
    );
  }
  return error;
}
