import { RemovalPolicy } from "aws-cdk-lib";
import * as logs from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";

export function accessLogs(scope: Construct, retentionDays: number): logs.LogGroup {
  return new logs.LogGroup(scope, "AccessLogs", { retention: retentionDays as logs.RetentionDays, removalPolicy: RemovalPolicy.DESTROY });
}
