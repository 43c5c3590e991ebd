import { Stack, Validations } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import type * as logs from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import { wildcardFinding } from "../wildcard-finding.ts";

interface FunctionRoleProps {
  logGroup: logs.ILogGroup;
  /** The function gets an interface in a network of its own. */
  inVpc: boolean;
}

/** A function's own role: its log group, traces and, in a VPC, its network interfaces. Everything else is granted one by one. */
export function functionRole(scope: Construct, id: string, { logGroup, inVpc }: FunctionRoleProps): iam.Role {
  const { partition, region, account } = Stack.of(scope);
  const role = new iam.Role(scope, id, { assumedBy: new iam.ServicePrincipal("lambda.amazonaws.com") });
  role.addToPolicy(new iam.PolicyStatement({ actions: ["logs:CreateLogStream", "logs:PutLogEvents"], resources: [logGroup.logGroupArn] }));
  if (inVpc) {
    role.addToPolicy(
      new iam.PolicyStatement({
        actions: [
          "ec2:CreateNetworkInterface",
          "ec2:DescribeNetworkInterfaces",
          "ec2:DescribeSubnets",
          "ec2:DeleteNetworkInterface",
          "ec2:AssignPrivateIpAddresses",
          "ec2:UnassignPrivateIpAddresses",
        ],
        resources: ["*"],
      }),
    );
    // Lambda needs these rights before it starts the function; the code itself must not use them.
    role.addToPolicy(
      new iam.PolicyStatement({
        effect: iam.Effect.DENY,
        actions: ["ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"],
        resources: ["*"],
        // An ARN's six parts are matched one by one: a shorter pattern would match none.
        conditions: { ArnLike: { "lambda:SourceFunctionArn": `arn:${partition}:lambda:${region}:${account}:function:*` } },
      }),
    );
  }
  Validations.of(role).acknowledge(
    { id: wildcardFinding(role, "*"), reason: "X-Ray's and EC2's network-interface actions know no resources of their own." },
    { id: wildcardFinding(role, logGroup.logGroupArn), reason: "The streams of the function's own log group." },
  );
  return role;
}
