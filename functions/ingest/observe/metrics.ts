import type { RunReport } from "../invocation/run-report.ts";
import { INGEST_METRICS, MAX_VALUES, type MetricValues, metricLine } from "../../shared/metrics.ts";

type Values = MetricValues<typeof INGEST_METRICS>;

/**
 * Writes an invocation's metrics as CloudWatch's embedded metric format. CursorAgeSeconds is the one honest sign of a stall: it
 * needs nothing but the database, and an invocation that finds the lock held reports it as well.
 */
export function publishRun(report: Readonly<RunReport>): void {
  const { cursor, tip, failure, durations, queues } = report;
  const values: Values = {
    LedgersIngested: report.ledgers,
    LockHeld: report.outcome === "held" ? 1 : 0,
    LockStolen: report.lockStolen ? 1 : 0,
    Retries: report.retries,
    RunsFailed: report.outcome === "failed" ? 1 : 0,
    RunsLost: report.lostRuns,
    // A ledger that backs off still stops ingestion.
    PoisonLedger: failure?.poison ? 1 : 0,
    LayoutsRefuted: report.refutedLayouts.length,
    ProtocolUnsupported: failure?.code === "PROTOCOL_UNSUPPORTED" ? 1 : 0,
  };
  if (failure?.poison && failure.attempts !== null) values.PoisonAttempts = failure.attempts;
  if (cursor) {
    values.LatestLedger = cursor.ledger;
    values.CursorAgeSeconds = Math.round(report.endedAt / 1000) + (report.databaseAhead ?? 0) - cursor.closedAt;
    // Signed: a source may be behind us.
    if (tip !== null) values.TipLag = tip - cursor.ledger;
  }
  if (report.upcoming !== null) values.ProtocolsAhead = Math.max(0, report.upcoming.protocol - report.knownProtocol);
  if (queues.metadata !== undefined) values.Queue_metadata = queues.metadata;
  if (queues.code !== undefined) values.Queue_code = queues.code;
  if (queues.repair !== undefined) values.Queue_repair = queues.repair;
  write({}, values, { requestId: report.requestId });
  write({ source: report.sourceInUse }, { SourceInUse: 1 });
  for (const [phase, milliseconds] of Object.entries(durations)) writeDurations(phase, milliseconds);
}

function writeDurations(phase: string, milliseconds: readonly number[]): void {
  for (let at = 0; at < milliseconds.length; at += MAX_VALUES)
    write({ phase }, { LedgerDuration: milliseconds.slice(at, at + MAX_VALUES).map((value) => Math.round(value * 100) / 100) });
}

/** @param properties shown beside the metrics in the log, and dimensions of none */
function write(dimensions: Readonly<Record<string, string>>, values: Values, properties: Readonly<Record<string, string>> = {}): void {
  const all = { service: "ingest", ...dimensions };
  const line = { timestamp: Date.now(), dimensions: [Object.keys(all)], fields: { ...all, ...properties }, values };
  process.stdout.write(`${metricLine(INGEST_METRICS, line)}\n`);
}
