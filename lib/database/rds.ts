import { createHash } from "node:crypto";
import { Duration, RemovalPolicy, Stack, Validations } from "aws-cdk-lib";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import * as rds from "aws-cdk-lib/aws-rds";
import { Construct } from "constructs";
import type { RdsDatabase } from "../config/database.ts";
import type { Network } from "../network.ts";
import type { DatabaseAccess } from "./access.ts";
import { DBNAME, FunctionSecrets, ownerSecret } from "./secrets.ts";

const PORT = 5432;
/** The newest minor version that the region offers. */
const ENGINE = rds.DatabaseInstanceEngine.postgres({ version: rds.PostgresEngineVersion.of("18", "18") });

/** In Lambda's runtime: every authority of Amazon's, those of RDS included. Node 20 and later load it only when told. */
const CA_FILE = "/var/runtime/ca-cert.pem";

/**
 * Belts of every session. Those of single users (`idle_session_timeout`: a frozen execution environment must not keep the ingest
 * lock) are settings of their roles; here they would cut off serve's idle connections as well.
 */
const PARAMETERS = {
  "rds.force_ssl": "1",
  // Milliseconds: the transaction of a frozen execution environment.
  idle_in_transaction_session_timeout: "60000",
  // Seconds: a peer that went without a word is found out within a minute.
  tcp_keepalives_idle: "30",
  tcp_keepalives_interval: "10",
  tcp_keepalives_count: "3",
  // Milliseconds.
  client_connection_check_interval: "10000",
  log_min_duration_statement: "1000",
  log_lock_waits: "1",
};

/** PostgreSQL managed by RDS, in subnets without a way out: encrypted at rest and on the wire, backed up, guarded against deletion. */
export class RdsPostgres extends Construct {
  readonly access: DatabaseAccess;

  constructor(scope: Construct, id: string, config: RdsDatabase, network: Network) {
    super(scope, id);
    const { vpc, clients } = network;
    const owner = ownerSecret(this, {});
    const securityGroup = new ec2.SecurityGroup(this, "SecurityGroup", { vpc, description: "The database", allowAllOutbound: false });
    securityGroup.addIngressRule(clients, ec2.Port.tcp(PORT), "Functions");
    clients.addEgressRule(securityGroup, ec2.Port.tcp(PORT), "The database");
    const instanceIdentifier = identifierOf(Stack.of(this).stackName, config.snapshot);
    const props: rds.DatabaseInstanceSourceProps & { vpc: ec2.IVpc } = {
      engine: ENGINE,
      instanceIdentifier,
      instanceType: new ec2.InstanceType(config.instanceType),
      vpc,
      vpcSubnets: network.isolatedSubnets,
      securityGroups: [securityGroup],
      publiclyAccessible: false,
      multiAz: config.multiAz,
      storageType: rds.StorageType.GP3,
      allocatedStorage: config.storage,
      maxAllocatedStorage: config.maximumStorage,
      backupRetention: Duration.days(config.backupDays),
      copyTagsToSnapshot: true,
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
      autoMinorVersionUpgrade: true,
      enablePerformanceInsights: true,
      cloudwatchLogsExports: ["postgresql"],
      parameterGroup: new rds.ParameterGroup(this, "Parameters", {
        engine: ENGINE,
        description: "Session belts, TLS only",
        parameters: PARAMETERS,
      }),
    };
    const database =
      config.snapshot === null
        ? new rds.DatabaseInstance(this, "Database", {
            ...props,
            databaseName: DBNAME,
            storageEncrypted: true,
            credentials: rds.Credentials.fromSecret(owner),
          })
        : new rds.DatabaseInstanceFromSnapshot(this, "Database", {
            ...props,
            snapshotIdentifier: config.snapshot,
            credentials: rds.SnapshotCredentials.fromSecret(owner),
          });
    Validations.of(database).acknowledge(
      { id: "AwsSolutions-RDS3", reason: "A second zone doubles the price; databaseMultiAz turns it on. History can be ingested again." },
      {
        id: "AwsSolutions-RDS11",
        reason: "Nothing but the functions' security group reaches the port; another number would hide it from nobody.",
      },
    );
    const secrets = new FunctionSecrets(this, "Secrets", { host: database.dbInstanceEndpointAddress, port: PORT });
    const dimensions = { DBInstanceIdentifier: instanceIdentifier };
    this.access = {
      ownerSecret: database.secret ?? owner,
      ingestSecret: secrets.ingest,
      serveSecret: secrets.serve,
      makesUsers: true,
      network: { vpc, subnets: network.privateSubnets, securityGroup: clients },
      caFile: CA_FILE,
      vitals: {
        connections: {
          namespace: "AWS/RDS",
          metricName: "DatabaseConnections",
          dimensions,
          threshold: 300,
          bad: "above",
          label: "connections",
        },
        disk: {
          namespace: "AWS/RDS",
          metricName: "FreeStorageSpace",
          dimensions,
          threshold: config.storage * 2 ** 30 * 0.15,
          bad: "below",
          label: "free storage (bytes)",
        },
      },
    };
  }
}

/**
 * The instance's name, known before it is made: an export of it, which the service's alarms would import, could not change when a
 * snapshot replaces the instance. A name of one's own also keeps CloudFormation from replacing it for any other reason.
 */
function identifierOf(stackName: string, snapshot: string | null): string {
  const name = snapshot === null ? stackName : `${stackName}-${createHash("sha256").update(snapshot).digest("hex").slice(0, 8)}`;
  return name.replaceAll(/-{2,}/g, "-");
}
