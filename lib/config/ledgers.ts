import { refuse, type SettingsReader } from "../settings-reader.ts";

export interface LedgersConfig {
  /** Names the network; with a passphrase of one's own it is just a name. */
  network: string;
  /** Null: the public network's. */
  passphrase: string | null;
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
}

/** The lakes that the Stellar Development Foundation publishes as open data; anybody may read them. */
const PUBLIC_LAKE = { bucket: "aws-public-blockchain", prefix: "v1.1/stellar/ledgers", region: "us-east-2" };
const PUBLIC_LAKE_NETWORKS: readonly string[] = ["pubnet", "testnet"];
const PUBLIC_NETWORKS: readonly string[] = ["pubnet", "testnet", "futurenet"];

/** Network and ledger source. Without a word: the public network from its public lake. */
export function readLedgers(read: SettingsReader): LedgersConfig {
  const network = read.matching("network", /^[a-z][a-z0-9-]{0,30}$/, "pubnet, testnet, futurenet or a name of your own") ?? "pubnet";
  const passphrase = read.text("networkPassphrase");
  if (passphrase === null && !PUBLIC_NETWORKS.includes(network))
    refuse(`network is "${network}". Set it to pubnet, testnet or futurenet, or set networkPassphrase as well.`);
  const rpcUrl = read.matching("rpcUrl", /^https?:\/\/[^\s@]+$/, "the http(s) URL of a Stellar RPC server without a password in it");
  const rpcUrlSecretArn = read.matching("rpcUrlSecretArn", SECRET_ARN, SECRET_ARN_WANTED);
  if (rpcUrl !== null && rpcUrlSecretArn !== null) refuse("rpcUrl and rpcUrlSecretArn are both set. Set only one of them.");
  const lake = readLake(read, network);
  if (lake === null && rpcUrl === null && rpcUrlSecretArn === null)
    refuse(`There is no public ledger lake of ${network}. Set datastoreBucketPath (bucket/prefix), rpcUrl or rpcUrlSecretArn.`);
  return { network, passphrase, lake, rpcUrl, rpcUrlSecretArn };
}

function readLake(read: SettingsReader, network: string): LedgersConfig["lake"] {
  const bucketPath = read.matching(
    "datastoreBucketPath",
    /^(none|[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[\w./-]+)?)$/,
    "bucket/prefix of a ledger lake in S3, or none",
  );
  const region = read.matching("datastoreRegion", /^[a-z]{2}(-[a-z]+)+-\d$/, "an AWS region");
  const endpointUrl = read.matching("datastoreEndpointUrl", /^https?:\/\/[^\s@]+$/, "the http(s) URL of an S3 service");
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
