import { hash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { WalletError } from "../../shared/errors.ts";
import type { LedgerProgress } from "./run.ts";
import type { Phase, StoredFailure } from "./failure-record.ts";
import type { Indexer } from "../indexer/index-ledger.ts";
import type { LedgerRows } from "../indexer/rows.ts";
import type { LedgerWriter, PreparedLedger } from "../persist/ledger-writer.ts";
import type { RunReport } from "./run-report.ts";
import type { NewerProtocol } from "../environment.ts";
import { hasTrueHash, wrongHash, type Ledger } from "../ledger/ledger.ts";
import { unsupported } from "../ledger/protocol.ts";
import { UnopenedLedgerError } from "../source/unopened-ledger-error.ts";
import type { LedgerSource } from "../source/ledger-source.ts";
import { withOrigin, type OpenedLedger } from "../source/opened-ledger.ts";
import type { TimeBudget } from "./time-budget.ts";
import { requireVerified } from "../verify/verify-ledger.ts";

interface LedgerLoopOptions {
  source: LedgerSource;
  indexer: Indexer;
  networkPassphrase: string;
  verify: boolean;
  newerProtocol: NewerProtocol;
  writer: LedgerWriter;
  budget: TimeBudget;
  /** What stood in the way of the first ledger so far; null: nothing. */
  earlier: StoredFailure | null;
  report: RunReport;
  /** When to stop following the tip, milliseconds since 1970; in the past: drain and exit. */
  followUntil: number;
  signal?: AbortSignal | undefined;
  onLedger?: ((progress: LedgerProgress) => void) | undefined;
  /** Called now and then while the network is silent, never while a ledger is being written. */
  heartbeat: () => Promise<void>;
  /** Milliseconds of silence between two of them. Default: a third of what the server bears. */
  heartbeatMs?: number;
}

/** Where in a ledger's way an error came. */
export interface LoopFailure {
  error: unknown;
  phase: Phase;
  ledger: number | null;
  /** The ledger's raw bytes, when there were any. */
  bytes: Uint8Array | null;
}

/** What is known of a ledger before it is written. */
interface Measured {
  transactions: number;
  /** Null: the wait was for the ledger to close. */
  fetchMs: number | null;
  indexMs: number;
}

/** The server ends sessions that are silent for a minute. */
const HEARTBEAT_MS = 20_000;
/** A source must end so soon after it was told to. */
const SOURCE_END_MS = 2_000;

const SILENT = Symbol("nothing for a while");
const STOPPED = Symbol("stopped");

/**
 * Writes a source's ledgers in order: first what is pending, then the tip as it grows. At most one ledger is on its way to the
 * database while the next is being indexed.
 */
export class LedgerLoop {
  readonly #options: LedgerLoopOptions;
  readonly #stop = new AbortController();
  /** The next ledger to ask for; null: the source's first. */
  #next: number | null = null;
  /** The write under way. Never rejects by itself: a failure is kept until the loop meets it. */
  #writing: Promise<void> = Promise.resolve();
  /** The first failure, that of the lowest ledger. */
  failure: LoopFailure | null = null;

  constructor(options: LedgerLoopOptions) {
    this.#options = options;
  }

  /**
   * @param first the first ledger to write; null: the source decides
   * @returns `drained`: the source had no more; `stopped`: time was up or the caller's signal came
   * @throws the error of `failure`
   */
  async run(first: number | null): Promise<"drained" | "stopped"> {
    const { signal, followUntil } = this.#options;
    const stop = (): void => this.#stop.abort();
    this.#next = first;
    signal?.addEventListener("abort", stop, { once: true });
    if (signal?.aborted || this.#options.budget.left < 0) stop();
    try {
      await this.#pass({ follow: false, until: Infinity });
      if (!this.#ended && followUntil > Date.now()) await this.#pass({ follow: true, until: followUntil });
    } catch (error) {
      await this.#writing;
      this.failure ??= this.#sourceFailure(error);
    } finally {
      signal?.removeEventListener("abort", stop);
      // Whatever ends the loop, the ledger under way is finished first: every ledger before a bad one is kept.
      await this.#writing;
    }
    if (this.failure) throw this.failure.error;
    return this.#stop.signal.aborted ? "stopped" : "drained";
  }

  get #ended(): boolean {
    return this.failure !== null || this.#stop.signal.aborted;
  }

  /** A ledger that cannot be opened is no failure of its source: it failed on its way to becoming rows. */
  #sourceFailure(error: unknown): LoopFailure {
    if (!(error instanceof UnopenedLedgerError)) return { error, phase: "fetch", ledger: this.#next, bytes: null };
    return { error, phase: "index", ledger: this.#next ?? error.sequence, bytes: error.bytes };
  }

  /** Takes the source's ledgers until it has no more, the time is up or something fails. */
  async #pass({ follow, until }: { follow: boolean; until: number }): Promise<void> {
    const stop = (): void => this.#stop.abort();
    const timer = setTimeout(stop, Math.max(0, Math.min(until - Date.now(), this.#options.budget.left)));
    const ledgers = this.#options.source.open(this.#next, this.#stop.signal, { follow })[Symbol.asyncIterator]();
    try {
      while (!this.#ended) {
        const asked = performance.now();
        const next = await this.#take(ledgers);
        if (next === STOPPED || next.done === true || !this.#hasTime()) break;
        await this.#add(next.value, follow ? null : performance.now() - asked);
      }
    } catch (error) {
      // The source must not go on waiting for a ledger that nobody takes.
      stop();
      throw error;
    } finally {
      clearTimeout(timer);
      if (this.#ended) await Promise.race([ledgers.return?.().catch(() => {}), sleep(SOURCE_END_MS, undefined, { ref: false })]);
    }
  }

  /** The source's next ledger. Keeps the session awake meanwhile, and does not wait for a source that ignores its signal. */
  async #take(ledgers: AsyncIterator<OpenedLedger>): Promise<IteratorResult<OpenedLedger> | typeof STOPPED> {
    const next = ledgers.next();
    next.catch(() => {});
    for (;;) {
      const wake = new AbortController();
      const heard = (): void => wake.abort();
      this.#stop.signal.addEventListener("abort", heard, { once: true });
      const timeoutMs = this.#stop.signal.aborted ? SOURCE_END_MS : (this.#options.heartbeatMs ?? HEARTBEAT_MS);
      const stopping = this.#stop.signal.aborted;
      const silence = sleep(timeoutMs, SILENT, { signal: wake.signal }).catch(() => SILENT);
      const result = await Promise.race([next, silence]);
      this.#stop.signal.removeEventListener("abort", heard);
      wake.abort();
      if (result !== SILENT) return result as IteratorResult<OpenedLedger>;
      if (stopping) return STOPPED;
      if (this.#stop.signal.aborted) continue;
      await this.#writing;
      if (this.failure) return STOPPED;
      await this.#options.heartbeat();
    }
  }

  #hasTime(): boolean {
    if (this.#options.budget.left < 0) this.#stop.abort();
    return !this.#stop.signal.aborted;
  }

  /** @param waitedMs until the source gave it; null: the wait was for the ledger to close */
  async #add(opened: OpenedLedger, waitedMs: number | null): Promise<void> {
    const { bytes, openMs } = opened;
    const { sequence } = opened.ledger;
    if (this.#next !== null && sequence !== this.#next) throw outOfOrder(this.#next, opened);
    const started = performance.now();
    let ledger: PreparedLedger;
    let transactions: number;
    try {
      const rows = this.#index(opened);
      transactions = rows.transactions.length;
      ledger = this.#options.writer.prepare(rows);
    } catch (error) {
      await this.#writing;
      this.failure ??= { error: withOrigin(error, opened), phase: "index", ledger: sequence, bytes };
      return;
    }
    const indexMs = openMs + performance.now() - started;
    const fetchMs = waitedMs === null ? null : waitedMs - openMs;
    await this.#writing;
    if (this.failure || !this.#hasTime()) return;
    this.#next = sequence + 1;
    this.#writing = this.#write(ledger, { transactions, fetchMs, indexMs }).catch((error: unknown) => {
      this.failure = { error, phase: "persist", ledger: sequence, bytes };
    });
    // Lets the write begin before the next ledger is indexed, which takes the thread.
    await new Promise((next) => setImmediate(next));
  }

  #index({ ledger }: OpenedLedger): LedgerRows {
    const { indexer, networkPassphrase, verify, newerProtocol } = this.#options;
    try {
      if (newerProtocol === "stop") requireKnownProtocol(ledger, indexer.newestProtocol);
      const rows = indexer.index(ledger);
      if (verify) requireVerified(rows, ledger, networkPassphrase);
      return rows;
    } finally {
      // The rows hold views of the bytes alone.
      ledger.close();
    }
  }

  async #write(prepared: PreparedLedger, { transactions, fetchMs, indexMs }: Measured): Promise<void> {
    const { writer, report, budget, earlier, signal, onLedger } = this.#options;
    const { sequence: ledger, closedAt } = prepared;
    const failed = earlier?.ledger === ledger ? earlier : null;
    const started = performance.now();
    await writer.write(prepared, { ...budget.writeLimit(failed?.timedOutMs ?? null), attempt: (failed?.attempts ?? 0) + 1, signal });
    const persistMs = performance.now() - started;
    report.from ??= ledger;
    report.to = ledger;
    report.ledgers++;
    report.cursor = { ledger, closedAt: Number(closedAt) };
    if (fetchMs !== null) report.durations.fetch.push(fetchMs);
    report.durations.index.push(indexMs);
    report.durations.persist.push(persistMs);
    budget.add(indexMs + persistMs);
    onLedger?.({ ledger, closedAt, transactions, indexMs, persistMs });
  }
}

/** The digest under which a failed ledger's bytes are recorded. */
export function ledgerDigest(bytes: Uint8Array | null): Uint8Array | null {
  return bytes === null ? null : hash("sha256", bytes, "buffer");
}

/** @throws WalletError PROTOCOL_UNSUPPORTED; LEDGER_CORRUPT when the header that says so is not true */
function requireKnownProtocol(ledger: Ledger, newest: number): void {
  const { sequence, protocolVersion: protocol } = ledger;
  if (protocol <= newest) return;
  if (!hasTrueHash(ledger)) throw wrongHash(sequence);
  throw unsupported(`The ledger is of protocol ${protocol}`, "It can be read, but NEWER_PROTOCOL is stop.", { protocol });
}

function outOfOrder(expected: number, { ledger, origin }: OpenedLedger): WalletError {
  const found = ledger.sequence;
  return new WalletError(
    "LEDGER_GAP",
    `${origin}: the source gave ledger ${found} where ${expected} belongs. Nothing of it was written; check the source.`,
    { ledger: expected, found, origin },
  );
}
