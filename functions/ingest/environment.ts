import { awsEnvironment, type AwsEnvironment } from "../shared/aws-environment.ts";
import { DATABASE_VARIABLES, type DatabaseSettings, LOG_VARIABLES, NETWORK_VARIABLES } from "../shared/environment.ts";
import { type Network, resolveNetwork } from "../shared/network.ts";
import { type Environment, flag, oneOf, readVariables, type Settings, text, wholeNumber, wholeNumberOrOff } from "../shared/variables.ts";

/** Memory of the deployed function unless `ingestMemory` says otherwise, MB. */
export const INGEST_MEMORY = 512;

/** A century: beyond it PostgreSQL's dates are at an end sooner than the history. */
const MOST_DAYS = 36_500;

/** Where ledgers come from; docs/operations/sources.md. */
export const SOURCE_VARIABLES = {
  ...NETWORK_VARIABLES,
  /** A directory with ledger files; wins over all other sources. */
  LEDGERS: text(),
  /** A Stellar RPC server: ledgers, and whatever their source is what they leave open about tokens: names, code, balances. */
  RPC_URL: text(),
  /** A data lake in S3 (SEP-54), `bucket/prefix`; with RPC_URL: for the ledgers that RPC does not keep. */
  DATASTORE_BUCKET_PATH: text(),
  /** The bucket's region; by default that of the public lakes. */
  DATASTORE_REGION: text({ default: "us-east-2" }),
  /** Another S3 server than AWS; `{bucket}` in it stands for the bucket. */
  DATASTORE_ENDPOINT_URL: text(),
  /** The largest ledger that is read, uncompressed; a larger one ends with LEDGER_TOO_LARGE. The default memory is enough for the default; each further megabyte takes ten of memory. */
  MAX_LEDGER_MEGABYTES: wholeNumber({ unit: "MB", default: 32, minimum: 1, maximum: 512 }),
  /** URL of a data lake of the test network, asked once a day which protocol is coming; `none`: never. By default the public one where NETWORK is `pubnet`. */
  TESTNET_LAKE_URL: text(),
} as const;

/** Everything that the ingest function reads from its environment. */
export const INGEST_VARIABLES = {
  ...DATABASE_VARIABLES,
  ...SOURCE_VARIABLES,
  ...LOG_VARIABLES,
  /** How long to follow the tip, from the start of the invocation; 0: drain and exit. */
  INGEST_TAIL_SECONDS: wholeNumber({ unit: "seconds", default: 0, required: true }),
  /** First ledger of an empty database; 0: where the source begins (the oldest of a directory, the latest of a live network). */
  START_LEDGER: wholeNumberOrOff({ unit: "ledger", default: null, maximum: 0xffff_ffff }),
  /** Whole days of history kept before the day of the newest ledger; 0: all. */
  RETENTION_DAYS: wholeNumberOrOff({ unit: "days", default: null, maximum: MOST_DAYS }),
  /** TimescaleDB only: age of a chunk that gets compressed; 0: never. */
  COMPRESS_AFTER_DAYS: wholeNumberOrOff({ unit: "days", default: 7, maximum: MOST_DAYS }),
  /** Keep the signatures of transactions: a seventh of the history, without which an envelope cannot be rebuilt. */
  STORE_SIGNATURES: flag({ default: true }),
  /** A ledger whose protocol is later than this version knows, and which can be read: `continue` writes and marks it, `stop` stops before it. */
  NEWER_PROTOCOL: oneOf(["continue", "stop"]),
  /** Check every ledger's rows against the ledger before they are written. */
  INGEST_VERIFY: flag(),
  /** Names the build in the records; another build tries a poison ledger that backs off at once. */
  CODE_VERSION: text({ default: "development", required: true }),
} as const;

/** What to do about ledgers of a protocol that is not known. */
export type NewerProtocol = IngestSettings["newerProtocol"];

/** What a ledger source is made of. */
export type SourceSettings = Omit<Settings<typeof SOURCE_VARIABLES>, keyof Network> & Network & { readonly aws: AwsEnvironment };

/** The ingest function's environment. */
export type IngestSettings = Omit<Settings<typeof INGEST_VARIABLES>, keyof Network> & SourceSettings & DatabaseSettings;

/** Of the environment only what makes a ledger source. @throws WalletError CONFIG_INVALID */
export function readSourceEnvironment(environment: Environment): SourceSettings {
  const settings = readVariables(SOURCE_VARIABLES, environment);
  return { ...settings, ...resolveNetwork(settings), aws: awsEnvironment(environment) };
}

/** @throws WalletError CONFIG_INVALID */
export function readIngestEnvironment(environment: Environment): IngestSettings {
  const settings = readVariables(INGEST_VARIABLES, environment);
  return { ...settings, ...resolveNetwork(settings), aws: awsEnvironment(environment) };
}
