import { Stack, Validations } from "aws-cdk-lib";
import type * as ec2 from "aws-cdk-lib/aws-ec2";
import * as iam from "aws-cdk-lib/aws-iam";
import type * as route53 from "aws-cdk-lib/aws-route53";
import type * as secretsmanager from "aws-cdk-lib/aws-secretsmanager";
import type { Construct } from "constructs";
import { wildcardFinding } from "../wildcard-finding.ts";

interface HostRoleProps {
  secrets: secretsmanager.ISecret[];
  volume: ec2.IVolume;
  zone: route53.IHostedZone;
  /** The tag that the database's machine has, and no other. */
  hostTag: { key: string; value: string };
}

/** What the database's machine may do: its volume, its name, its secrets, its metrics, the end of its first boot, a shell for operators. */
export function hostRole(scope: Construct, id: string, { secrets, volume, zone, hostTag }: HostRoleProps): iam.Role {
  const { partition, region, account, stackName } = Stack.of(scope);
  const role = new iam.Role(scope, id, { assumedBy: new iam.ServicePrincipal("ec2.amazonaws.com") });
  const allow = (actions: string[], resources: string[], conditions?: Record<string, unknown>): void => {
    role.addToPolicy(new iam.PolicyStatement({ actions, resources, ...(conditions === undefined ? {} : { conditions }) }));
  };
  const of = (service: string, resource: string): string => `arn:${partition}:${service}:${region}:${account}:${resource}`;
  const [instances, stack] = [of("ec2", "instance/*"), of("cloudformation", `stack/${stackName}/*`)];
  allow(
    ["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"],
    secrets.map(({ secretArn }) => secretArn),
  );
  allow(["ec2:AttachVolume"], [of("ec2", `volume/${volume.volumeId}`)]);
  allow(["ec2:AttachVolume"], [instances], { StringEquals: { [`aws:ResourceTag/${hostTag.key}`]: hostTag.value } });
  allow(["route53:ChangeResourceRecordSets"], [zone.hostedZoneArn]);
  allow(["cloudformation:SignalResource"], [stack]);
  allow(["cloudwatch:PutMetricData"], ["*"], { StringEquals: { "cloudwatch:namespace": "StellarWallet" } });
  // Session Manager: a shell without an open port.
  allow(
    [
      "ssm:UpdateInstanceInformation",
      "ssmmessages:CreateControlChannel",
      "ssmmessages:CreateDataChannel",
      "ssmmessages:OpenControlChannel",
      "ssmmessages:OpenDataChannel",
    ],
    ["*"],
  );
  Validations.of(role).acknowledge(
    { id: wildcardFinding(role, "*"), reason: "Metrics (bound to one namespace) and Session Manager's channels know no resources." },
    { id: wildcardFinding(role, instances), reason: "Only the machine with this stack's tag; its id is not known before it is launched." },
    { id: wildcardFinding(role, stack), reason: "This stack; the rest of its ARN is not known before it is made." },
  );
  return role;
}
