import { RemovalPolicy, Validations } from "aws-cdk-lib";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import * as logs from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";

interface NetworkProps {
  cidr: string;
  natInstance: boolean;
}

/**
 * A network without a NAT gateway. Functions and the database's machine have IPv6 addresses and leave through an egress-only
 * internet gateway, which costs nothing and lets nobody in; a NAT machine carries IPv4 where something needs it
 * (docs/decisions/0010-no-nat-gateway.md). Managed databases stand in subnets with no way out at all.
 */
export class Network extends Construct {
  readonly vpc: ec2.Vpc;
  /** Of everything that may connect to the database. */
  readonly clients: ec2.SecurityGroup;
  /** Where functions and the database's machine run. */
  readonly privateSubnets: ec2.SubnetSelection = { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS };
  readonly isolatedSubnets: ec2.SubnetSelection = { subnetType: ec2.SubnetType.PRIVATE_ISOLATED };

  constructor(scope: Construct, id: string, { cidr, natInstance }: NetworkProps) {
    super(scope, id);
    const nat = natInstance
      ? ec2.NatProvider.instanceV2({
          instanceType: new ec2.InstanceType("t4g.nano"),
          machineImage: ec2.MachineImage.latestAmazonLinux2023({ cpuType: ec2.AmazonLinuxCpuType.ARM_64 }),
          defaultAllowedTraffic: ec2.NatTrafficDirection.OUTBOUND_ONLY,
        })
      : undefined;
    this.vpc = new ec2.Vpc(this, "Vpc", {
      ipProtocol: ec2.IpProtocol.DUAL_STACK,
      ipAddresses: ec2.IpAddresses.cidr(cidr),
      maxAzs: 2,
      natGateways: nat === undefined ? 0 : 1,
      natGatewayProvider: nat,
      restrictDefaultSecurityGroup: false,
      subnetConfiguration: [
        { name: "public", subnetType: ec2.SubnetType.PUBLIC, cidrMask: 26, mapPublicIpOnLaunch: false },
        { name: "private", subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 24 },
        { name: "isolated", subnetType: ec2.SubnetType.PRIVATE_ISOLATED, cidrMask: 26 },
      ],
    });
    this.#logRejectedTraffic();
    if (nat !== undefined) this.#guardNat(nat, cidr);
    this.clients = new ec2.SecurityGroup(this, "Clients", {
      vpc: this.vpc,
      description: "Functions and tools that may connect to the database",
      allowAllOutbound: false,
    });
  }

  /** Lets the clients out to a TCP port of the internet, by both protocols. */
  allowOut(port: number, what: string): void {
    this.clients.addEgressRule(ec2.Peer.anyIpv6(), ec2.Port.tcp(port), `${what}, IPv6`);
    this.clients.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(port), `${what}, IPv4`);
  }

  #logRejectedTraffic(): void {
    const logGroup = new logs.LogGroup(this, "RejectedTraffic", {
      retention: logs.RetentionDays.TWO_WEEKS,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.vpc.addFlowLog("FlowLog", {
      destination: ec2.FlowLogDestination.toCloudWatchLogs(logGroup),
      trafficType: ec2.FlowLogTrafficType.REJECT,
    });
  }

  #guardNat(nat: ec2.NatInstanceProviderV2, cidr: string): void {
    nat.connections.allowFrom(ec2.Peer.ipv4(cidr), ec2.Port.allTraffic(), "From inside the network");
    for (const instance of nat.gatewayInstances) {
      const resource = instance.node.defaultChild as ec2.CfnInstance;
      resource.metadataOptions = { httpTokens: "required", httpPutResponseHopLimit: 1 };
      resource.blockDeviceMappings = [
        { deviceName: "/dev/xvda", ebs: { encrypted: true, volumeType: "gp3", volumeSize: 8, deleteOnTermination: true } },
      ];
      Validations.of(instance).acknowledge(
        {
          id: "AwsSolutions-EC26",
          reason:
            "The disk is encrypted; the rule itself fails on a machine without a launch template in a stack that has one for another.",
        },
        { id: "AwsSolutions-EC28", reason: "The machine only forwards packets; five-minute metrics are enough." },
        { id: "AwsSolutions-EC29", reason: "It holds no state: when it is gone CloudFormation makes another." },
      );
    }
  }
}
