import { Duration } from "aws-cdk-lib";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import type { VitalSign } from "../database/access.ts";

const NAMESPACE = "StellarWallet";
const MINUTE = Duration.minutes(1);

/** Metrics that ingest writes into its logs (EMF); test/infra/metric-names.test.ts holds them and those of serve to what is written. */
type IngestMetric =
  | "CursorAgeSeconds"
  | "TipLag"
  | "LatestLedger"
  | "LedgersIngested"
  | "LedgerDuration"
  | "LockHeld"
  | "LockStolen"
  | "Retries"
  | "PoisonLedger"
  | "Queue_metadata";

type ServeMetric =
  | "wallet_graphql_complexity"
  | "wallet_graphql_response_size_bytes"
  | "wallet_graphql_operation_duration_seconds"
  | "wallet_graphql_errors_total"
  | "wallet_serve_ledger_lag_seconds";

interface Choice {
  statistic: string;
  period?: Duration;
  label?: string;
  dimensions?: Record<string, string>;
}

function emf(
  service: "ingest" | "serve",
  metricName: string,
  { statistic, period = MINUTE, label, dimensions = {} }: Choice,
): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: NAMESPACE,
    metricName,
    dimensionsMap: { service, ...dimensions },
    statistic,
    period,
    ...(label === undefined ? {} : { label }),
  });
}

export function ingestMetric(name: IngestMetric, choice: Choice): cloudwatch.Metric {
  return emf("ingest", name, choice);
}

export function serveMetric(name: ServeMetric, choice: Choice): cloudwatch.Metric {
  return emf("serve", name, choice);
}

export function vitalMetric({ namespace, metricName, dimensions, label }: VitalSign, statistic: string): cloudwatch.Metric {
  return new cloudwatch.Metric({ namespace, metricName, dimensionsMap: dimensions, statistic, period: Duration.minutes(5), label });
}
