import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import type { RunReport } from "../runs/run-report.ts";

/** Named like the peer's metrics in meaning (spec: ingestion 13.12); dimension `service`, `phase` for LedgerDuration, `source` for SourceInUse. */
const OPTIONS = { namespace: "StellarWallet", serviceName: "ingest" };

/**
 * Writes an invocation's metrics as CloudWatch's embedded metric format. CursorAgeSeconds is the one honest sign of a stall: it
 * needs nothing but the database, and an invocation that finds the lock held reports it as well.
 */
export function publishRun(report: Readonly<RunReport>): void {
  const metrics = new Metrics(OPTIONS);
  const count = (name: string, value: number): void => void metrics.addMetric(name, MetricUnit.Count, value);
  const { cursor, tip, failure, durations, queues } = report;
  count("LedgersIngested", report.ledgers);
  count("LockHeld", report.outcome === "held" ? 1 : 0);
  count("LockStolen", report.lockStolen ? 1 : 0);
  count("Retries", report.retries);
  count("RunsFailed", report.outcome === "failed" ? 1 : 0);
  count("RunsLost", report.lostRuns);
  // A ledger that backs off is still in the way.
  count("PoisonLedger", failure?.poison ? 1 : 0);
  if (failure?.poison && failure.attempts !== null) count("PoisonAttempts", failure.attempts);
  if (cursor) {
    count("LatestLedger", cursor.ledger);
    metrics.addMetric("CursorAgeSeconds", MetricUnit.Seconds, Math.round(report.endedAt / 1000) - cursor.closedAt);
    // Signed: a source may be behind us.
    if (tip !== null) count("TipLag", tip - cursor.ledger);
  }
  for (const [queue, length] of Object.entries(queues)) count(`Queue_${queue}`, length);
  metrics.addMetadata("requestId", report.requestId);
  metrics.publishStoredMetrics();
  const source = new Metrics(OPTIONS);
  source.setDefaultDimensions({ source: report.sourceInUse });
  source.addMetric("SourceInUse", MetricUnit.Count, 1);
  source.publishStoredMetrics();
  for (const [phase, milliseconds] of Object.entries(durations)) publishDurations(phase, milliseconds);
}

/** All values of one phase; Powertools writes a line for each hundred. */
function publishDurations(phase: string, milliseconds: readonly number[]): void {
  if (milliseconds.length === 0) return;
  const metrics = new Metrics(OPTIONS);
  metrics.setDefaultDimensions({ phase });
  for (const value of milliseconds) metrics.addMetric("LedgerDuration", MetricUnit.Milliseconds, Math.round(value * 100) / 100);
  metrics.publishStoredMetrics();
}
