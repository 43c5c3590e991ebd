import { Stack, Validations } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import type { NETWORK_VARIABLES } from "../functions/shared/environment.ts";
import type { SOURCE_VARIABLES } from "../functions/ingest/environment.ts";
import type { EnvironmentValues } from "../functions/shared/variables.ts";
import type { Config } from "./config.ts";
import type { LedgersConfig } from "./config/ledgers.ts";
import { wildcardFinding } from "./wildcard-finding.ts";

/** The ledger source's part of ingest's environment. */
export function ledgerEnvironment({ ledgers, database }: Config): EnvironmentValues<typeof SOURCE_VARIABLES> {
  const { lake, rpcUrl, rpcUrlSecretArn } = ledgers;
  // Without IPv4 only S3's dual-stack endpoint can be reached.
  const dualStack = database.mode === "external" || lake === null ? null : `https://s3.dualstack.${lake.region}.amazonaws.com`;
  const endpoint = lake?.endpointUrl ?? dualStack;
  // CloudFormation fills the secret in when it makes the function; the template holds its name alone.
  const rpc = rpcUrl ?? (rpcUrlSecretArn === null ? null : `{{resolve:secretsmanager:${rpcUrlSecretArn}:SecretString}}`);
  return {
    ...networkEnvironment(ledgers),
    DATASTORE_BUCKET_PATH: lake?.bucketPath,
    DATASTORE_REGION: lake?.region,
    DATASTORE_ENDPOINT_URL: endpoint ?? undefined,
    RPC_URL: rpc ?? undefined,
    TESTNET_LAKE_URL: ledgers.testnetLakeUrl,
  };
}

/** The network's part of a function's environment. */
export function networkEnvironment({ network, networkPassphrase }: LedgersConfig): EnvironmentValues<typeof NETWORK_VARIABLES> {
  return { NETWORK: network, NETWORK_PASSPHRASE: networkPassphrase ?? undefined };
}

/** Lets ingest read the lake: its objects, and the names under its prefix. */
export function allowReadingLake(role: iam.Role, { ledgers: { lake } }: Config): void {
  if (lake === null || lake.endpointUrl !== null) return;
  const [bucket, ...folders] = lake.bucketPath.split("/");
  const prefix = folders.length === 0 ? "*" : `${folders.join("/")}/*`;
  const bucketArn = `arn:${Stack.of(role).partition}:s3:::${bucket}`;
  const objects = `${bucketArn}/${prefix}`;
  role.addToPolicy(new iam.PolicyStatement({ actions: ["s3:GetObject"], resources: [objects] }));
  role.addToPolicy(
    new iam.PolicyStatement({ actions: ["s3:ListBucket"], resources: [bucketArn], conditions: { StringLike: { "s3:prefix": [prefix] } } }),
  );
  Validations.of(role).acknowledge({
    id: wildcardFinding(role, objects),
    reason: "The ledgers of one lake; their names come from their numbers.",
  });
}

/** Ports outside of 443 that ingest must get out to. */
export function ledgerPorts({ ledgers: { lake, rpcUrl } }: Config): number[] {
  const ports = [lake?.endpointUrl ?? null, rpcUrl].flatMap((url) => {
    if (url === null) return [];
    const { port, protocol } = new URL(url);
    return [port === "" ? (protocol === "http:" ? 80 : 443) : Number(port)];
  });
  return [...new Set(ports)].filter((port) => port !== 443).sort((a, b) => a - b);
}
