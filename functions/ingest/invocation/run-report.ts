import { NEWEST_PROTOCOL } from "../ledger/protocol.ts";
import type { UpcomingProtocol } from "../maintenance/protocol-watch.ts";
import type { RefutedLayout } from "../maintenance/refuted-layouts.ts";
import type { Retention } from "../maintenance/retention.ts";
import type { QueueLengths } from "../tokens/queues.ts";
import type { Phase } from "./failure-record.ts";

/** How an invocation ended. */
type RunOutcome =
  /** Nothing more to write. */
  | "drained"
  /** Time was up or the caller's signal came. */
  | "stopped"
  /** Another invocation has the lock. */
  | "held"
  /** A poison ledger is next, and its next attempt is not due. */
  | "backing-off"
  /** An error ended it. */
  | "failed";

/** How an invocation ends that no error ended. */
export type CompletedOutcome = Exclude<RunOutcome, "failed">;

/** What one invocation did, for metrics, logs and `ingest_runs`. Filled while it runs. */
export interface RunReport {
  requestId: string;
  codeVersion: string;
  /** Name of the ledger source. */
  source: string;
  /** Of a source made of several: the one in use at the end. */
  sourceInUse: string;
  /** Its row in `ingest_runs`; null while it has none. */
  runId: string | null;
  /** Milliseconds since 1970. */
  startedAt: number;
  endedAt: number;
  /** By how much the database's clock is ahead of ours, whole seconds; null: it was not asked. */
  databaseAhead: number | null;
  outcome: RunOutcome;
  /** First and last ledger written; null when none. */
  from: number | null;
  to: number | null;
  ledgers: number;
  /** Retries after a transient error. */
  retries: number;
  /** The lock was taken from a holder whose time had run out. */
  lockStolen: boolean;
  /** Earlier invocations that did not record their end. */
  lostRuns: number;
  /** The newest ledger in the database; null: none, or it could not be read. */
  cursor: { ledger: number; /** Seconds since 1970. */ closedAt: number } | null;
  /** The network's newest ledger as the source says; null when it did not say. */
  tip: number | null;
  /** Milliseconds, one entry a ledger. `fetch` is the wait for a ledger that the source had already, not for the next to close. */
  durations: Record<Phase, number[]>;
  /** Lengths of the queues that later passes work on; empty: they were not looked at. */
  queues: Partial<QueueLengths>;
  /** What retention removed; null: it was not due, or nothing is configured. */
  retention: Retention | null;
  /** Expired allowances that were removed. */
  expiredAllowances: number;
  /** Code of tokens whose balances are read from events again: the ledgers, or the contract itself, contradicted their storage. */
  refutedLayouts: readonly RefutedLayout[];
  failure: RunFailure | null;
  /** What the test network runs; null: not known. */
  upcoming: UpcomingProtocol | null;
  /** The newest protocol that the indexer knows. */
  knownProtocol: number;
}

/** The error that ended an invocation, or the poison ledger that it waits for. */
interface RunFailure {
  code: string;
  message: string;
  /** SQLSTATE, or the code of driver or socket. */
  sqlstate: string | null;
  ledger: number | null;
  phase: Phase | null;
  poison: boolean;
  /** Failed attempts at the ledger so far; null when none was recorded. */
  attempts: number | null;
}

/** What a caller is told of an invocation. */
export type RunSummary = Pick<RunReport, "outcome" | "from" | "to" | "ledgers">;

/** A report without the times and facts that are for metrics and logs. */
export function summarize({ outcome, from, to, ledgers }: Readonly<RunReport>): RunSummary {
  return { outcome, from, to, ledgers };
}

/** The report of an invocation that begins now; it counts as failed until it has ended otherwise. */
export function newReport(facts: Pick<RunReport, "requestId" | "codeVersion" | "source">): RunReport {
  return {
    ...facts,
    sourceInUse: facts.source,
    runId: null,
    startedAt: Date.now(),
    endedAt: 0,
    databaseAhead: null,
    outcome: "failed",
    from: null,
    to: null,
    ledgers: 0,
    retries: 0,
    lockStolen: false,
    lostRuns: 0,
    cursor: null,
    tip: null,
    durations: { fetch: [], index: [], persist: [] },
    queues: {},
    retention: null,
    expiredAllowances: 0,
    refutedLayouts: [],
    failure: null,
    upcoming: null,
    knownProtocol: NEWEST_PROTOCOL,
  };
}
