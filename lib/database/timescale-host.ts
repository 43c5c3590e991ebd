import { type CfnResource, Duration, Lazy, RemovalPolicy, Size, Stack, Tags, Validations } from "aws-cdk-lib";
import * as autoscaling from "aws-cdk-lib/aws-autoscaling";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import * as route53 from "aws-cdk-lib/aws-route53";
import { Construct } from "constructs";
import type { TimescaleDatabase } from "../config/database.ts";
import type { Network } from "../network.ts";
import type { DatabaseAccess } from "./access.ts";
import { hostUserData } from "./host-user-data.ts";
import { hostRole } from "./host-role.ts";
import { FunctionSecrets, ownerSecret } from "./secrets.ts";
import { nightlySnapshots } from "./snapshots.ts";

const PORT = 5432;
/** A private zone of one's own, so that the name in the certificate outlives the machine. */
const ZONE = "wallet.internal";
const HOST_NAME = `database.${ZONE}`;
/** Ubuntu 24.04 for Graviton, looked up whenever a machine is launched: a new image never replaces a running machine. */
const IMAGE = "/aws/service/canonical/ubuntu/server/24.04/stable/current/arm64/hvm/ebs-gp3/ami-id";
const PACKAGES = "https://packagecloud.io/timescale/timescaledb";

/**
 * TimescaleDB on one Graviton machine without a public address. The data lives on a volume of its own that survives the machine:
 * a group of exactly one replaces a machine that fails, and the new one takes over volume, name and certificate authority.
 */
export class TimescaleHost extends Construct {
  readonly access: DatabaseAccess;

  constructor(scope: Construct, id: string, config: TimescaleDatabase, network: Network) {
    super(scope, id);
    const { vpc, clients } = network;
    const where = { host: HOST_NAME, port: PORT };
    const owner = ownerSecret(this, where);
    const functions = new FunctionSecrets(this, "Secrets", where);
    const [subnet] = vpc.selectSubnets(network.privateSubnets).subnets;
    if (subnet === undefined) throw new Error("the network has no private subnet");

    const volume = new ec2.Volume(this, "Data", {
      availabilityZone: subnet.availabilityZone,
      size: Size.gibibytes(config.storage),
      volumeType: ec2.EbsDeviceVolumeType.GP3,
      encrypted: true,
      ...(config.snapshot === null ? {} : { snapshotId: config.snapshot }),
      removalPolicy: RemovalPolicy.RETAIN,
    });
    (volume.node.defaultChild as CfnResource).cfnOptions.updateReplacePolicy = (
      volume.node.defaultChild as CfnResource
    ).cfnOptions.deletionPolicy!;
    const backupTag = { key: "wallet:backup", value: Stack.of(this).stackName };
    Tags.of(volume).add(backupTag.key, backupTag.value);
    Tags.of(volume).add("Name", `${Stack.of(this).stackName} database`);
    nightlySnapshots(this, "Snapshots", { tag: backupTag, days: config.backupDays });

    const zone = new route53.PrivateHostedZone(this, "Zone", { zoneName: ZONE, vpc });
    const securityGroup = new ec2.SecurityGroup(this, "SecurityGroup", { vpc, description: "The database", allowAllOutbound: false });
    securityGroup.addIngressRule(clients, ec2.Port.tcp(PORT), "Functions");
    clients.addEgressRule(securityGroup, ec2.Port.tcp(PORT), "The database");
    for (const [port, what] of [
      [443, "AWS and packages"],
      [80, "Packages"],
    ] as const) {
      securityGroup.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(port), `${what}, IPv4`);
      securityGroup.addEgressRule(ec2.Peer.anyIpv6(), ec2.Port.tcp(port), `${what}, IPv6`);
    }

    const hostTag = { key: "wallet:host", value: Stack.of(this).stackName };
    const role = hostRole(this, "Role", { secrets: [owner, functions.ingest, functions.serve], volume, zone, hostTag });
    const template = new ec2.LaunchTemplate(this, "Template", {
      instanceType: new ec2.InstanceType(config.instanceType),
      machineImage: ec2.MachineImage.resolveSsmParameterAtLaunch(IMAGE),
      role,
      securityGroup,
      associatePublicIpAddress: false,
      requireImdsv2: true,
      httpPutResponseHopLimit: 1,
      detailedMonitoring: true,
      blockDevices: [
        { deviceName: "/dev/sda1", volume: ec2.BlockDeviceVolume.ebs(16, { encrypted: true, volumeType: ec2.EbsDeviceVolumeType.GP3 }) },
      ],
      userData: hostUserData(
        {
          AWS_DEFAULT_REGION: Stack.of(this).region,
          VOLUME_ID: volume.volumeId,
          HOST_NAME,
          ZONE_ID: zone.hostedZoneId,
          OWNER_SECRET: owner.secretArn,
          INGEST_SECRET: functions.ingest.secretArn,
          SERVE_SECRET: functions.serve.secretArn,
          PACKAGES,
          METRICS_NAME: Stack.of(this).stackName,
        },
        {
          stackName: Stack.of(this).stackName,
          logicalId: Lazy.string({ produce: () => Stack.of(this).getLogicalId(group.node.defaultChild as CfnResource) }),
        },
      ),
    });
    const group: autoscaling.AutoScalingGroup = new autoscaling.AutoScalingGroup(this, "Group", {
      vpc,
      vpcSubnets: { subnets: [subnet] },
      launchTemplate: template,
      minCapacity: 1,
      maxCapacity: 1,
      // The volume can be in one place only: the old machine goes before the new one comes.
      updatePolicy: autoscaling.UpdatePolicy.rollingUpdate({ minInstancesInService: 0, maxBatchSize: 1, waitOnResourceSignals: true }),
      signals: autoscaling.Signals.waitForAll({ timeout: Duration.minutes(30), minSuccessPercentage: 100 }),
    });
    Tags.of(group).add(hostTag.key, hostTag.value);
    Tags.of(group).add("Name", `${Stack.of(this).stackName} database`);
    group.node.addDependency(network, role);
    Validations.of(group).acknowledge({
      id: "AwsSolutions-AS3",
      reason: "One machine, replaced by itself; the alarms watch the database, and an e-mail for each scaling event would say no more.",
    });

    const dimensions = { Database: Stack.of(this).stackName };
    const full = { namespace: "StellarWallet", dimensions, threshold: 80, bad: "above" } as const;
    this.access = {
      ownerSecret: owner,
      ingestSecret: functions.ingest,
      serveSecret: functions.serve,
      makesUsers: true,
      network: { vpc, subnets: network.privateSubnets, securityGroup: clients },
      caFile: null,
      vitals: {
        connections: { ...full, metricName: "DatabaseConnectionsUsed", label: "connections used (%)" },
        disk: { ...full, metricName: "DatabaseDiskUsed", label: "disk used (%)" },
      },
    };
  }
}
