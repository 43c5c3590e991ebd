import { Stack, Validations } from "aws-cdk-lib";
import * as dlm from "aws-cdk-lib/aws-dlm";
import * as iam from "aws-cdk-lib/aws-iam";
import type { Construct } from "constructs";
import { wildcardFinding } from "../wildcard-finding.ts";

interface NightlySnapshotsProps {
  /** Volumes with this tag. */
  tag: { key: string; value: string };
  /** How many days a snapshot is kept. */
  days: number;
}

/** A snapshot every night at 03:00 UTC. One volume holds data and log, so a snapshot is what a power cut would leave: PostgreSQL recovers from it. */
export function nightlySnapshots(scope: Construct, id: string, { tag, days }: NightlySnapshotsProps): void {
  const { partition, region } = Stack.of(scope);
  const role = new iam.Role(scope, `${id}Role`, { assumedBy: new iam.ServicePrincipal("dlm.amazonaws.com") });
  const snapshots = `arn:${partition}:ec2:${region}::snapshot/*`;
  const volumes = `arn:${partition}:ec2:${region}:*:volume/*`;
  role.addToPolicy(new iam.PolicyStatement({ actions: ["ec2:DescribeVolumes", "ec2:DescribeSnapshots"], resources: ["*"] }));
  role.addToPolicy(
    new iam.PolicyStatement({
      actions: ["ec2:CreateSnapshot"],
      resources: [volumes],
      conditions: { StringEquals: { [`aws:ResourceTag/${tag.key}`]: tag.value } },
    }),
  );
  role.addToPolicy(new iam.PolicyStatement({ actions: ["ec2:CreateSnapshot", "ec2:CreateTags"], resources: [snapshots] }));
  role.addToPolicy(
    new iam.PolicyStatement({
      actions: ["ec2:DeleteSnapshot"],
      resources: [snapshots],
      conditions: { StringEquals: { [`aws:ResourceTag/${tag.key}`]: tag.value } },
    }),
  );
  Validations.of(role).acknowledge(
    { id: wildcardFinding(role, "*"), reason: "Describing volumes and snapshots knows no resources." },
    {
      id: wildcardFinding(role, snapshots),
      reason: "Snapshots are named when they are made; only those of this stack's volume may be deleted.",
    },
    {
      id: wildcardFinding(role, volumes),
      reason: "Only volumes with this stack's tag, so that a restored volume is covered as well.",
    },
  );
  new dlm.CfnLifecyclePolicy(scope, id, {
    description: `Nightly snapshots of the database of ${Stack.of(scope).stackName}`,
    executionRoleArn: role.roleArn,
    state: "ENABLED",
    policyDetails: {
      policyType: "EBS_SNAPSHOT_MANAGEMENT",
      resourceTypes: ["VOLUME"],
      targetTags: [tag],
      schedules: [
        {
          name: "nightly",
          copyTags: true,
          createRule: { interval: 24, intervalUnit: "HOURS", times: ["03:00"] },
          retainRule: { interval: days, intervalUnit: "DAYS" },
        },
      ],
    },
  });
}
