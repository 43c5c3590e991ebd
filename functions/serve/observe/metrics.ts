import { type MetricValues, metricLine, SERVE_METRICS } from "../../shared/metrics.ts";
import { errorTypeOf } from "../errors/api-errors.ts";
import type { RequestRecord } from "./request-log.ts";

const DIMENSIONS = [["service"], ["service", "operation_name"]];
const DIMENSIONS_OF_ERROR = [...DIMENSIONS, ["service", "error_type"]];

/** A request's metrics as one line of CloudWatch's embedded metric format. */
export function metricsLine(record: RequestRecord, timestamp: number): string {
  const values: MetricValues<typeof SERVE_METRICS> = {
    wallet_http_requests_total: 1,
    wallet_http_request_duration_seconds: record.duration / 1000,
  };
  if (record.cost !== undefined) {
    values.wallet_graphql_operations_total = 1;
    values.wallet_graphql_complexity = record.cost.complexity;
    values.wallet_graphql_response_size_bytes = record.responseBytes;
    values.wallet_graphql_operation_duration_seconds = record.duration / 1000;
  }
  if (record.refused === "expired") values.wallet_auth_expired_signatures_total = 1;
  if (record.ledger?.lagSeconds != null) values.wallet_serve_ledger_lag_seconds = record.ledger.lagSeconds;
  const errorType = errorTypeOf(record.errorCodes ?? []);
  if (errorType !== null) values.wallet_graphql_errors_total = 1;
  return metricLine(SERVE_METRICS, {
    timestamp,
    dimensions: errorType === null ? DIMENSIONS : DIMENSIONS_OF_ERROR,
    fields: {
      service: "serve",
      operation_name: record.rootFields?.[0] ?? "<none>",
      status_code: record.status,
      ...(errorType === null ? {} : { error_type: errorType }),
    },
    values,
  });
}

export function writeMetrics(record: RequestRecord): void {
  process.stdout.write(`${metricsLine(record, Date.now())}\n`);
}
