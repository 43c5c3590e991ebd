/** A unit of CloudWatch. */
type MetricUnit = "Count" | "Seconds" | "Milliseconds" | "Bytes";

/** One metric. */
export interface Metric {
  readonly unit: MetricUnit;
  /** The sets of dimensions that it is written with, each beside `service`. CloudWatch makes a metric of its own of each set. */
  readonly dimensions: readonly (readonly string[])[];
}

/** A function's metrics by their names. */
export type Metrics = Readonly<Record<string, Metric>>;

/** CloudWatch's namespace of all metrics. */
export const NAMESPACE = "StellarWallet";

/** A number of an invocation. */
const COUNT = { unit: "Count", dimensions: [[]] } as const;

/** What ingest writes, once an invocation; docs/operations/ingestion.md says what each means. */
export const INGEST_METRICS = {
  LedgersIngested: COUNT,
  LockHeld: COUNT,
  LockStolen: COUNT,
  Retries: COUNT,
  RunsFailed: COUNT,
  RunsLost: COUNT,
  PoisonLedger: COUNT,
  PoisonAttempts: COUNT,
  ProtocolUnsupported: COUNT,
  ProtocolsAhead: COUNT,
  LayoutsRefuted: COUNT,
  LatestLedger: COUNT,
  CursorAgeSeconds: { unit: "Seconds", dimensions: [[]] },
  TipLag: COUNT,
  Queue_metadata: COUNT,
  Queue_code: COUNT,
  Queue_repair: COUNT,
  SourceInUse: { unit: "Count", dimensions: [["source"]] },
  LedgerDuration: { unit: "Milliseconds", dimensions: [["phase"]] },
} as const satisfies Metrics;

const REQUEST = [[], ["operation_name"], ["error_type"]] as const;
const REQUEST_COUNT = { unit: "Count", dimensions: REQUEST } as const;
const REQUEST_SECONDS = { unit: "Seconds", dimensions: REQUEST } as const;

/** What serve writes, once a request; named as in the reference implementation. */
export const SERVE_METRICS = {
  wallet_http_requests_total: REQUEST_COUNT,
  wallet_http_request_duration_seconds: REQUEST_SECONDS,
  wallet_graphql_operations_total: REQUEST_COUNT,
  wallet_graphql_complexity: REQUEST_COUNT,
  wallet_graphql_response_size_bytes: { unit: "Bytes", dimensions: REQUEST },
  wallet_graphql_operation_duration_seconds: REQUEST_SECONDS,
  wallet_graphql_errors_total: REQUEST_COUNT,
  wallet_auth_expired_signatures_total: REQUEST_COUNT,
  wallet_serve_ledger_lag_seconds: REQUEST_SECONDS,
} as const satisfies Metrics;

/** Values of one metric that a line may hold. */
export const MAX_VALUES = 100;

/** Values by their metrics' names, up to `MAX_VALUES` each. */
export type MetricValues<M extends Metrics> = { -readonly [Name in keyof M]?: number | readonly number[] };

/** One line of metrics. */
interface MetricLine<M extends Metrics> {
  /** Milliseconds since 1970. */
  timestamp: number;
  /** Sets of fields that are the metrics' dimensions; each set makes metrics of its own. */
  dimensions: readonly (readonly string[])[];
  /** The dimensions' values, and what is shown beside the metrics in the log. */
  fields: Readonly<Record<string, string | number>>;
  values: MetricValues<M>;
}

/** Metrics as one line of CloudWatch's embedded metric format (EMF). */
export function metricLine<M extends Metrics>(metrics: M, { timestamp, dimensions, fields, values }: MetricLine<M>): string {
  return JSON.stringify({
    _aws: {
      Timestamp: timestamp,
      CloudWatchMetrics: [
        { Namespace: NAMESPACE, Dimensions: dimensions, Metrics: Object.keys(values).map((Name) => ({ Name, Unit: metrics[Name]!.unit })) },
      ],
    },
    ...fields,
    ...values,
  });
}
