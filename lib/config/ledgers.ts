import { SOURCE_VARIABLES } from "../../functions/ingest/environment.ts";
import { refuse, type SettingsReader, textLike } from "../settings-reader.ts";

export interface LedgersConfig {
  /** Names the network; with a passphrase of one's own it is just a name. */
  network: string;
  /** Null: the public network's. */
  networkPassphrase: string | null;
  /** A ledger lake (SEP-54) in S3. */
  lake: {
    /** `bucket/prefix`. */
    bucketPath: string;
    region: string;
    /** Null: AWS. */
    endpointUrl: string | null;
  } | null;
  /** A Stellar RPC server; null: none. */
  rpcUrl: string | null;
  /** A secret whose text is the RPC server's URL, for URLs that carry a key; null: none. */
  rpcUrlSecretArn: string | null;
  /** A lake of the test network, or none; undefined: the function's default. */
  testnetLakeUrl: string | undefined;
}

/** The lakes that the Stellar Development Foundation publishes as open data; anybody may read them. */
const PUBLIC_LAKE = { bucket: "aws-public-blockchain", prefix: "v1.1/stellar/ledgers", region: "us-east-2" };
const PUBLIC_LAKE_NETWORKS: readonly string[] = ["pubnet", "testnet"];
const PUBLIC_NETWORKS: readonly string[] = ["pubnet", "testnet", "futurenet"];

/** A deployment is for the public network unless it says otherwise; the function alone, as developers run it, for the test network. */
const DEPLOYED_NETWORK = "pubnet";

// A deployment is stricter than the function: its template must hold no password, and a wrong value should end synthesis.
const NETWORK_NAME = textLike(/^[a-z][a-z0-9-]{0,30}$/, "pubnet, testnet, futurenet or a name of your own");
const RPC_WITHOUT_PASSWORD = textLike(/^https?:\/\/[^\s@]+$/, "the http(s) URL of a Stellar RPC server without a password in it");
const BUCKET_PATH = textLike(/^(none|[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[\w./-]+)?)$/, "bucket/prefix of a ledger lake in S3, or none");
const REGION = textLike(/^[a-z]{2}(-[a-z]+)+-\d$/, "an AWS region");
const ENDPOINT_URL = textLike(/^https?:\/\/[^\s@]+$/, "the http(s) URL of an S3 service");
const LAKE_URL = textLike(/^(none|https?:\/\/[^\s@/]+\/\S+)$/, "the http(s) URL of a ledger lake (https://SERVER/BUCKET/PREFIX), or none");

/** Network and ledger source. Without a word: the public network from its public lake. */
export function readLedgers(read: SettingsReader): LedgersConfig {
  const network = read.variable(SOURCE_VARIABLES, "NETWORK", NETWORK_NAME) ?? DEPLOYED_NETWORK;
  const networkPassphrase = read.variable(SOURCE_VARIABLES, "NETWORK_PASSPHRASE") ?? null;
  if (networkPassphrase === null && !PUBLIC_NETWORKS.includes(network))
    refuse(`network is "${network}". Set it to pubnet, testnet or futurenet, or set networkPassphrase as well.`);
  const rpcUrl = read.variable(SOURCE_VARIABLES, "RPC_URL", RPC_WITHOUT_PASSWORD) ?? null;
  const rpcUrlSecretArn = read.matching("rpcUrlSecretArn", SECRET_ARN, SECRET_ARN_WANTED);
  if (rpcUrl !== null && rpcUrlSecretArn !== null) refuse("rpcUrl and rpcUrlSecretArn are both set. Set only one of them.");
  const lake = readLake(read, network);
  if (lake === null && rpcUrl === null && rpcUrlSecretArn === null)
    refuse(`There is no public ledger lake of ${network}. Set datastoreBucketPath (bucket/prefix), rpcUrl or rpcUrlSecretArn.`);
  const testnetLakeUrl = read.variable(SOURCE_VARIABLES, "TESTNET_LAKE_URL", LAKE_URL);
  return { network, networkPassphrase, lake, rpcUrl, rpcUrlSecretArn, testnetLakeUrl };
}

function readLake(read: SettingsReader, network: string): LedgersConfig["lake"] {
  const bucketPath = read.variable(SOURCE_VARIABLES, "DATASTORE_BUCKET_PATH", BUCKET_PATH) ?? null;
  const region = read.variable(SOURCE_VARIABLES, "DATASTORE_REGION", REGION) ?? null;
  const endpointUrl = read.variable(SOURCE_VARIABLES, "DATASTORE_ENDPOINT_URL", ENDPOINT_URL) ?? null;
  if (bucketPath === "none") return null;
  if (bucketPath === null) {
    if (region !== null || endpointUrl !== null)
      refuse("datastoreRegion or datastoreEndpointUrl is set, but datastoreBucketPath is not. Set it to bucket/prefix as well.");
    if (!PUBLIC_LAKE_NETWORKS.includes(network)) return null;
    const { bucket, prefix } = PUBLIC_LAKE;
    return { bucketPath: `${bucket}/${prefix}/${network}`, region: PUBLIC_LAKE.region, endpointUrl: null };
  }
  if (region === null) refuse("datastoreBucketPath is set, but datastoreRegion is not. Set it to the bucket's region.");
  return { bucketPath, region, endpointUrl };
}

/** A secret's whole ARN, with the six characters that Secrets Manager adds. */
export const SECRET_ARN: RegExp = /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+-[A-Za-z0-9]{6}$/;
export const SECRET_ARN_WANTED = "a secret's whole ARN (arn:aws:secretsmanager:…:secret:name-AbCdEf)";
