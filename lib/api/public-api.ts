import type { Duration } from "aws-cdk-lib";
import type * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";

/** What dashboard and alarms need of an API, whichever kind it is. */
export interface PublicApi {
  /** Without a slash at the end. */
  readonly url: string;
  requests(period: Duration): cloudwatch.Metric;
  clientErrors(period: Duration): cloudwatch.Metric;
  serverErrors(period: Duration): cloudwatch.Metric;
  latency(period: Duration, statistic: string): cloudwatch.Metric;
}
