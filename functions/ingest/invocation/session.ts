import { connectDatabase, type Database } from "../../shared/database/session.ts";
import { WalletError } from "../../shared/errors.ts";
import { INGEST_SCHEMA, readSchemaVersion, requireSchema } from "../../shared/database/schema-version.ts";
import { applicationName } from "./application-name.ts";
import { databaseAhead } from "./database-clock.ts";
import type { DrainOptions, DrainSummary } from "./run.ts";
import { asWalletError } from "./as-wallet-error.ts";
import { nextAttemptAt } from "./back-off.ts";
import { databaseCode, isPoison } from "./classify.ts";
import { describeError, openFailure, recordFailure, resolveFailures, type LedgerFailure } from "./failure-record.ts";
import { ledgerDigest, LedgerLoop, type LoopFailure } from "./ledger-loop.ts";
import { releaseLock, takeLock, type Lock } from "./lock.ts";
import { DEFAULT_COMPRESSION, reconcileCompression } from "../maintenance/compression.ts";
import { makePartitionsAhead } from "../maintenance/partitions.ts";
import { applyRetention } from "../maintenance/retention.ts";
import { LedgerWriter } from "../persist/ledger-writer.ts";
import { readCursor } from "./cursor.ts";
import { beginRun, endRun } from "./run-record.ts";
import type { RunReport } from "./run-report.ts";
import { endExpiredHolder } from "./take-over.ts";
import type { TimeBudget } from "./time-budget.ts";
import { drainMetadataQueue } from "../tokens/metadata-queue.ts";
import { withTimeout } from "../../shared/timeout.ts";

/** Bound of everything before the first ledger and after the last, each, milliseconds. */
const SETUP_MS = 15_000;
const FAREWELL_MS = 5_000;
const TIP_MS = 3_000;
/** Dropping partitions is quick once their lock is there; deleting a batch of rows too. */
const RETENTION_MS = 60_000;
/** The pass over the tokens without a name takes no longer: the next invocation waits for the lock. */
const METADATA_MS = 10_000;

/** An error of what is done after the last ledger: no ledger's fault. */
interface Aftermath {
  error: unknown;
  phase: null;
  ledger: null;
  bytes: null;
}

/** One database session of an invocation: lock, ledgers, records, unlock. */
export class Session {
  readonly #options: DrainOptions;
  readonly #report: RunReport;
  readonly #budget: TimeBudget;
  #name: string;
  readonly #sql: Database;
  /** Days whose partitions this session has made. */
  readonly #partitionedDays = new Set<number>();
  #locked = false;

  constructor(options: DrainOptions, report: RunReport, budget: TimeBudget) {
    this.#options = options;
    this.#report = report;
    this.#budget = budget;
    this.#name = applicationName(report.requestId, options.deadline);
    this.#sql = openSession(options.databaseUrl, this.#name);
  }

  /** @throws the error that ended it; where a ledger failed, that is recorded already */
  async run(): Promise<DrainSummary["outcome"]> {
    const { startLedger, codeVersion = "development", ignoreBackOff = false } = this.#options;
    const lock = await this.#bounded("taking the lock", this.#lock());
    if (!lock) return "held";
    this.#locked = true;
    const standing = await this.#bounded("reading the records", this.#begin(lock));
    if (standing && !ignoreBackOff && nextAttemptAt(standing, codeVersion) > Date.now() + (this.#report.databaseAhead ?? 0) * 1000) {
      this.#report.failure = { ...standing, sqlstate: null, phase: null };
      await this.#farewell("backing-off");
      return "backing-off";
    }
    const loop = this.#loop(lock);
    try {
      const outcome = await loop.run(lock.latest === null ? startLedger : lock.latest + 1);
      await this.#farewell(outcome);
      return outcome;
    } catch (error) {
      await this.#fail(loop.failure ?? { error, phase: null, ledger: null, bytes: null });
      throw error;
    }
  }

  /** Unlocks and closes; never throws and never waits long. */
  async close(): Promise<void> {
    if (this.#locked) await withTimeout(FAREWELL_MS, "unlocking", releaseLock(this.#sql, this.#options.network)).catch(() => {});
    await this.#sql.end({ timeout: 1 }).catch(() => {});
  }

  async #lock(): Promise<Lock | null> {
    const { network, networkPassphrase } = this.#options;
    const sql = this.#sql;
    requireSchema(await readSchemaVersion(sql), INGEST_SCHEMA);
    await this.#nameSession();
    const lock = await takeLock(sql, network, networkPassphrase);
    if (lock) return lock;
    if (await endExpiredHolder(sql, network, this.#name)) {
      const second = await takeLock(sql, network, networkPassphrase);
      this.#report.lockStolen ||= second !== null;
      if (second) return second;
    }
    this.#report.cursor = await readCursor(sql);
    return null;
  }

  /** Puts the deadline by the database's clock into the session's name, before others can find the lock with it. */
  async #nameSession(): Promise<void> {
    const report = this.#report;
    // Once an invocation: its later sessions must have the same name.
    report.databaseAhead ??= await databaseAhead(this.#sql);
    this.#name = applicationName(report.requestId, this.#options.deadline + report.databaseAhead * 1000);
    await this.#sql`select set_config('application_name', ${this.#name}, false)`;
  }

  /** Opens the records of this invocation. @returns the failure that stands in the way */
  async #begin(lock: Lock) {
    const sql = this.#sql;
    this.#report.cursor = await readCursor(sql);
    const { id, lost } = await beginRun(sql, this.#report, this.#options.deadline);
    this.#report.runId = id;
    this.#report.lostRuns += lost;
    if (this.#report.cursor) await makePartitionsAhead(sql, this.#report.cursor.closedAt, this.#partitionedDays);
    if (lock.latest !== null) await resolveFailures(sql, lock.latest);
    return openFailure(sql, lock.latest);
  }

  #loop(lock: Lock): LedgerLoop {
    const { source, indexer, networkPassphrase, verify = false, followMs, signal, onLedger } = this.#options;
    return new LedgerLoop({
      source,
      indexer,
      networkPassphrase,
      verify,
      writer: new LedgerWriter(this.#sql, lock.fence, this.#budget.ledgerMs, this.#partitionedDays),
      budget: this.#budget,
      report: this.#report,
      followUntil: this.#report.startedAt + followMs,
      signal,
      onLedger,
      heartbeat: () => this.#bounded("a heartbeat", this.#heartbeat(lock)),
    });
  }

  /** Keeps the session from being ended as silent, and notices a take-over. */
  async #heartbeat(lock: Lock): Promise<void> {
    const [row] = await this.#sql`
      select 1 from cursors where name = 'latest' and fence = ${lock.fence}::bigint and backend_pid = pg_backend_pid()`;
    if (!row) throw new WalletError("FENCED", "Another invocation took over. Nothing is lost: it goes on from there.");
  }

  /** What is done after the last ledger: maintenance, token names, tip, records. The ledgers are safe; nothing here may undo that. */
  async #farewell(outcome: DrainSummary["outcome"]): Promise<void> {
    this.#report.outcome = outcome;
    if (outcome !== "backing-off") {
      await this.#maintain();
      await this.#nameTokens();
    }
    await this.#readTip();
    await this.#bounded("closing the records", this.#closeRecords());
  }

  /** Partitions and retention, off the ledgers' way. */
  async #maintain(): Promise<void> {
    const { retentionDays = null, compression = DEFAULT_COMPRESSION, deadline } = this.#options;
    const { cursor } = this.#report;
    if (!cursor) return;
    await this.#bounded("making partitions", makePartitionsAhead(this.#sql, cursor.closedAt, this.#partitionedDays));
    await this.#bounded("applying the compression settings", reconcileCompression(this.#sql, compression));
    const left = deadline - FAREWELL_MS - Date.now();
    if (retentionDays === null || left < FAREWELL_MS) return;
    this.#report.retention = await this.#bounded(
      "retention",
      applyRetention(this.#sql, retentionDays, cursor.closedAt),
      Math.min(left, RETENTION_MS),
    );
  }

  /** The pass over the tokens without a name, for a bounded time. */
  async #nameTokens(): Promise<void> {
    const { rpcUrl, networkPassphrase, deadline, signal, onMetadata } = this.#options;
    if (signal?.aborted) return;
    const until = Math.min(deadline - FAREWELL_MS, Date.now() + METADATA_MS);
    const named = await drainMetadataQueue(this.#sql, { rpcUrl, networkPassphrase, deadline: until, signal });
    this.#report.queues.metadata = named.pending;
    onMetadata?.(named);
  }

  async #readTip(): Promise<void> {
    const { source, signal } = this.#options;
    if (!source.latest || signal?.aborted || Date.now() + TIP_MS > this.#options.deadline) return;
    this.#report.tip = await withTimeout(TIP_MS, "asking for the newest ledger", source.latest()).catch(() => null);
  }

  async #closeRecords(): Promise<void> {
    const { to, tip } = this.#report;
    if (tip !== null) await this.#sql`update cursors set network_tip = ${tip} where name = 'latest'`;
    if (to !== null) await resolveFailures(this.#sql, to);
    await endRun(this.#sql, this.#report);
  }

  /** Records a failure, on this session or, where that is lost, on another one. Never throws: the cause matters more. */
  async #fail({ error, phase, ledger, bytes }: LoopFailure | Aftermath): Promise<void> {
    const known = asWalletError(error);
    const poison = phase !== null && isPoison(known, phase);
    const described = describeError(known);
    const report = this.#report;
    report.outcome = "failed";
    report.failure = { ...described, sqlstate: databaseCode(known), ledger, phase, poison, attempts: null };
    const failure: LedgerFailure | null =
      phase !== null && ledger !== null && (poison || (phase === "persist" && described.code !== "FENCED"))
        ? { ledger, phase, poison, ...described, digest: ledgerDigest(bytes) }
        : null;
    const record = async (sql: Database): Promise<void> => {
      if (failure) report.failure!.attempts = await recordFailure(sql, failure, report.codeVersion);
      if (report.to !== null) await resolveFailures(sql, report.to);
      await endRun(sql, report);
    };
    try {
      await withTimeout(FAREWELL_MS, "recording the failure", record(this.#sql));
    } catch {
      const other = openSession(this.#options.databaseUrl, this.#name);
      await withTimeout(FAREWELL_MS, "recording the failure", record(other)).catch(() => {});
      await other.end({ timeout: 1 }).catch(() => {});
    }
  }

  /** A statement that is not answered in time ends the session, so that nothing waits behind it. */
  async #bounded<T>(what: string, promise: Promise<T>, milliseconds = SETUP_MS): Promise<T> {
    try {
      return await withTimeout(milliseconds, what, promise);
    } catch (error) {
      if ((error as Error).name === "TimeoutError") void this.#sql.end({ timeout: 0 }).catch(() => {});
      throw error;
    }
  }
}

/** The belts of a session whose process may vanish at any time: the server ends it by itself within about a minute. */
function openSession(url: string, name: string): Database {
  return connectDatabase(url, {
    applicationName: name,
    statementTimeout: SETUP_MS,
    lockTimeout: 5_000,
    idleInTransactionTimeout: 30_000,
    idleSessionTimeout: 60_000,
  });
}
