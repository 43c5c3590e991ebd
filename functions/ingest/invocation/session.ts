import { refusePooler } from "../../shared/database/pooler.ts";
import { INGEST_SCHEMA, readSchemaVersion, requireSchema } from "../../shared/database/schema-version.ts";
import type { Database } from "../../shared/database/session.ts";
import { WalletError } from "../../shared/errors.ts";
import { withTimeout } from "../../shared/timeout.ts";
import { makePartitionsAhead } from "../maintenance/partitions.ts";
import { LedgerWriter } from "../persist/ledger-writer.ts";
import { applicationName } from "./application-name.ts";
import { nextAttemptAt } from "./next-attempt.ts";
import { bounded, openIngestSession } from "./bounded-session.ts";
import { readCursor } from "./cursor.ts";
import { databaseAhead } from "./database-clock.ts";
import {
  openFailure,
  recordFailure,
  resolveFailures,
  type CodeIdentity,
  type LedgerFailure,
  type StoredFailure,
} from "./failure-record.ts";
import { FINISH_MS, finishRun } from "./finish.ts";
import type { Verdict } from "./judge.ts";
import { ledgerDigest, LedgerLoop, type LoopFailure } from "./ledger-loop.ts";
import { releaseLock, takeLock, type Lock } from "./lock.ts";
import { beginRun, endRun } from "./run-record.ts";
import type { CompletedOutcome, RunReport } from "./run-report.ts";
import type { RunOptions } from "./run.ts";
import { requireSameChain } from "./same-chain.ts";
import { endExpiredHolder } from "./take-over.ts";
import type { TimeBudget } from "./time-budget.ts";

/** One database session of an invocation: lock, ledgers, records, unlock. */
export class Session {
  readonly #options: RunOptions;
  readonly #report: RunReport;
  readonly #budget: TimeBudget;
  #name: string;
  readonly #sql: Database;
  /** Days whose partitions this session has made. */
  readonly #partitionedDays = new Set<number>();
  #locked = false;
  /** Null: no ledger was to be written yet. */
  #loop: LedgerLoop | null = null;

  constructor(options: RunOptions, report: RunReport, budget: TimeBudget) {
    this.#options = options;
    this.#report = report;
    this.#budget = budget;
    this.#name = applicationName(report.requestId, options.deadline);
    this.#sql = openIngestSession(options.databaseUrl, this.#name);
  }

  /** The ledger's failure that ended the session; null: there is none, or another error ended it. */
  get failure(): LoopFailure | null {
    return this.#loop?.failure ?? null;
  }

  /** @throws the error that ended it, as it came; see `recordFailure` */
  async run(): Promise<CompletedOutcome> {
    const { startLedger } = this.#options;
    const lock = await bounded(this.#sql, "taking the lock", this.#lock());
    if (!lock) return "held";
    this.#locked = true;
    const failure = await bounded(this.#sql, "reading the records", this.#begin(lock));
    if (failure && this.#backsOff(failure)) {
      this.#report.failure = { ...failure, sqlstate: null, phase: null };
      return this.#finish("backing-off");
    }
    this.#loop = this.#newLoop(lock, failure);
    const outcome = await this.#loop.run(lock.latest === null ? startLedger : lock.latest + 1);
    const { ledgers, cursor } = this.#report;
    if (ledgers === 0 && cursor) await requireSameChain(this.#options.source, cursor, this.#options.signal);
    return this.#finish(outcome);
  }

  /**
   * Records what ended this session, on it or, where it is lost, on another one; the attempts so far go into the report's failure.
   * Before the ledgers' turn there is no record to write. Never throws: the cause matters more.
   */
  async recordFailure({ code, message, poison }: Verdict): Promise<void> {
    if (!this.#loop) return;
    const report = this.#report;
    const failed = this.failure;
    const failure: LedgerFailure | null =
      failed && failed.ledger !== null && (poison || (failed.phase === "persist" && code !== "FENCED"))
        ? {
            ledger: failed.ledger,
            phase: failed.phase,
            poison,
            code,
            message,
            digest: ledgerDigest(failed.bytes),
            timedOutMs: timedOutMs(failed.error),
          }
        : null;
    const record = async (sql: Database): Promise<void> => {
      if (failure) report.failure!.attempts = await recordFailure(sql, failure, this.#code);
      if (report.to !== null) await resolveFailures(sql, report.to);
      await endRun(sql, report);
    };
    try {
      await withTimeout(FINISH_MS, "recording the failure", record(this.#sql));
    } catch {
      const other = openIngestSession(this.#options.databaseUrl, this.#name);
      await withTimeout(FINISH_MS, "recording the failure", record(other)).catch(() => {});
      // A backend that was given up in the middle of a statement would go on with it and keep the lock.
      const left = endExpiredHolder(other, this.#options.network, this.#name);
      await withTimeout(FINISH_MS, "ending the lost session", left).catch(() => {});
      await other.end({ timeout: 1 }).catch(() => {});
    }
  }

  /** Unlocks and closes; never throws and never waits long. */
  async close(): Promise<void> {
    if (this.#locked) await withTimeout(FINISH_MS, "unlocking", releaseLock(this.#sql, this.#options.network)).catch(() => {});
    await this.#sql.end({ timeout: 1 }).catch(() => {});
  }

  async #lock(): Promise<Lock | null> {
    const { network, networkPassphrase } = this.#options;
    const sql = this.#sql;
    await refusePooler(sql);
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
  async #begin(lock: Lock): Promise<StoredFailure | null> {
    const sql = this.#sql;
    this.#report.cursor = await readCursor(sql);
    const { id, lost } = await beginRun(sql, this.#report, this.#options.deadline);
    this.#report.runId = id;
    this.#report.lostRuns += lost;
    if (this.#report.cursor) await makePartitionsAhead(sql, this.#report.cursor.closedAt, this.#partitionedDays);
    if (lock.latest !== null) await resolveFailures(sql, lock.latest);
    return openFailure(sql, lock.latest);
  }

  get #code(): CodeIdentity {
    return { codeVersion: this.#report.codeVersion, knownProtocol: this.#options.indexer.newestProtocol };
  }

  #backsOff(failure: StoredFailure): boolean {
    const { ignoreBackOff = false } = this.#options;
    const { databaseAhead: ahead } = this.#report;
    return !ignoreBackOff && nextAttemptAt(failure, this.#code) > Date.now() + (ahead ?? 0) * 1000;
  }

  #newLoop(lock: Lock, earlier: StoredFailure | null): LedgerLoop {
    const {
      source,
      indexer,
      networkPassphrase,
      storeSignatures = true,
      verify = false,
      newerProtocol = "continue",
      followMs,
      signal,
      onLedger,
    } = this.#options;
    const history = { networkPassphrase, storeSignatures, accountKeySecret: lock.accountKeySecret };
    return new LedgerLoop({
      source,
      indexer,
      networkPassphrase,
      verify,
      newerProtocol,
      writer: new LedgerWriter(this.#sql, lock.fence, this.#budget.ledgerMs, history, this.#partitionedDays),
      budget: this.#budget,
      earlier,
      report: this.#report,
      followUntil: this.#report.startedAt + followMs,
      signal,
      onLedger,
      heartbeat: () => bounded(this.#sql, "a heartbeat", this.#heartbeat(lock)),
    });
  }

  /** Keeps the session from being ended as silent, and notices a take-over. */
  async #heartbeat(lock: Lock): Promise<void> {
    const [row] = await this.#sql`
      select 1 from cursors where name = 'latest' and fence = ${lock.fence}::bigint and backend_pid = pg_backend_pid()`;
    if (!row) throw new WalletError("FENCED", "Another invocation took over. Nothing is lost: it goes on from there.");
  }

  async #finish(outcome: CompletedOutcome): Promise<CompletedOutcome> {
    this.#report.outcome = outcome;
    await finishRun(this.#sql, this.#options, this.#report, this.#partitionedDays);
    return outcome;
  }
}

/** What a write was given that took longer, milliseconds; null: that was not its failure. */
function timedOutMs(error: unknown): number | null {
  return error instanceof WalletError && error.code === "PERSIST_TIMEOUT" ? Number(error.details.limitMs) : null;
}
