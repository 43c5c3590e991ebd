/** Units of CloudWatch that ingest needs. */
export type MetricUnit = "Count" | "Seconds" | "Milliseconds";

/** One metric: its unit, and one value or up to `MAX_VALUES`. */
export type MetricValues = readonly [unit: MetricUnit, values: number | readonly number[]];

/** Values of one metric that a line may hold. */
export const MAX_VALUES = 100;

const NAMESPACE = "StellarWallet";

/**
 * Metrics as one line of CloudWatch's embedded metric format, all with the same dimensions.
 * @param dimensions names and values; a metric with other dimensions is another metric
 * @param properties shown beside the metrics in the log, and in none of them
 */
export function metricLine(
  dimensions: Readonly<Record<string, string>>,
  metrics: Readonly<Record<string, MetricValues>>,
  properties: Readonly<Record<string, string>> = {},
): string {
  return JSON.stringify({
    _aws: {
      Timestamp: Date.now(),
      CloudWatchMetrics: [
        {
          Namespace: NAMESPACE,
          Dimensions: [Object.keys(dimensions)],
          Metrics: Object.entries(metrics).map(([Name, [Unit]]) => ({ Name, Unit })),
        },
      ],
    },
    ...dimensions,
    ...properties,
    ...Object.fromEntries(Object.entries(metrics).map(([name, [, values]]) => [name, values])),
  });
}
