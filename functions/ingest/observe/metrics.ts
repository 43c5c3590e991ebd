import type { RunReport } from "../invocation/run-report.ts";
import { MAX_VALUES, metricLine, type MetricUnit, type MetricValues } from "../../shared/metric-line.ts";

const SERVICE = { service: "ingest" };

/**
 * Writes an invocation's metrics as CloudWatch's embedded metric format, named like the peer's metrics in meaning (ingestion
 * 13.12): dimension `service`, with `phase` for LedgerDuration and `source` for SourceInUse. CursorAgeSeconds is the one honest sign
 * of a stall: it needs nothing but the database, and an invocation that finds the lock held reports it as well.
 */
export function publishRun(report: Readonly<RunReport>): void {
  const metrics: Record<string, MetricValues> = {};
  const add = (name: string, value: number, unit: MetricUnit = "Count"): void => void (metrics[name] = [unit, value]);
  const { cursor, tip, failure, durations, queues } = report;
  add("LedgersIngested", report.ledgers);
  add("LockHeld", report.outcome === "held" ? 1 : 0);
  add("LockStolen", report.lockStolen ? 1 : 0);
  add("Retries", report.retries);
  add("RunsFailed", report.outcome === "failed" ? 1 : 0);
  add("RunsLost", report.lostRuns);
  // A ledger that backs off is still in the way.
  add("PoisonLedger", failure?.poison ? 1 : 0);
  if (failure?.poison && failure.attempts !== null) add("PoisonAttempts", failure.attempts);
  if (cursor) {
    add("LatestLedger", cursor.ledger);
    add("CursorAgeSeconds", Math.round(report.endedAt / 1000) + (report.databaseAhead ?? 0) - cursor.closedAt, "Seconds");
    // Signed: a source may be behind us.
    if (tip !== null) add("TipLag", tip - cursor.ledger);
  }
  for (const [queue, length] of Object.entries(queues)) add(`Queue_${queue}`, length);
  write(metricLine(SERVICE, metrics, { requestId: report.requestId }));
  write(metricLine({ ...SERVICE, source: report.sourceInUse }, { SourceInUse: ["Count", 1] }));
  for (const [phase, milliseconds] of Object.entries(durations)) writeDurations(phase, milliseconds);
}

function writeDurations(phase: string, milliseconds: readonly number[]): void {
  for (let at = 0; at < milliseconds.length; at += MAX_VALUES) {
    const values = milliseconds.slice(at, at + MAX_VALUES).map((value) => Math.round(value * 100) / 100);
    write(metricLine({ ...SERVICE, phase }, { LedgerDuration: ["Milliseconds", values] }));
  }
}

function write(line: string): void {
  process.stdout.write(`${line}\n`);
}
