import { Duration } from "aws-cdk-lib";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import { type INGEST_METRICS, type Metric, NAMESPACE, type SERVE_METRICS } from "../../functions/shared/metrics.ts";
import type { ErrorType } from "../../functions/serve/errors/api-errors.ts";
import type { VitalSign } from "../database/access.ts";

const MINUTE = Duration.minutes(1);

/** The dimensions of a metric besides `service`, where it is never written without any. */
type Dimensions<M extends Metric> = readonly [] extends M["dimensions"][number]
  ? { dimensions?: undefined }
  : { dimensions: Readonly<Record<M["dimensions"][number][number], string>> };

interface View {
  statistic: string;
  period?: Duration;
  label?: string;
}

type Choice<M extends Metric> = View & Dimensions<M>;

function emf(
  service: "ingest" | "serve",
  metricName: string,
  { statistic, period = MINUTE, label, dimensions = {} }: View & { dimensions?: Readonly<Record<string, string>> | undefined },
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

/** A metric that ingest writes. */
export function ingestMetric<Name extends keyof typeof INGEST_METRICS>(
  name: Name,
  choice: Choice<(typeof INGEST_METRICS)[Name]>,
): cloudwatch.Metric {
  return emf("ingest", name, choice);
}

/** A metric that serve writes; without dimensions it is that of all requests. */
export function serveMetric<Name extends keyof typeof SERVE_METRICS>(
  name: Name,
  choice: Choice<(typeof SERVE_METRICS)[Name]> | (View & { dimensions: { error_type: ErrorType } }),
): cloudwatch.Metric {
  return emf("serve", name, choice);
}

export function vitalMetric({ namespace, metricName, dimensions, label }: VitalSign, statistic: string): cloudwatch.Metric {
  return new cloudwatch.Metric({ namespace, metricName, dimensionsMap: dimensions, statistic, period: Duration.minutes(5), label });
}
