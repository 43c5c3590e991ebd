import { awsEnvironment, type AwsEnvironment } from "./aws-environment.ts";
import { type Network, resolveNetwork } from "./network.ts";
import { type Environment, readVariables, type Settings, text, type Variable } from "./variables.ts";

/**
 * Longest statement of the API, seconds; a setting may lower it. A request may read a second longer, and its response must leave before
 * Lambda's 28 s and the gateway's 29 or 30 s.
 */
export const MAX_STATEMENT_SECONDS = 25;

/** Levels of the log, from the most to the fewest lines. */
export const LOG_LEVELS = ["DEBUG", "INFO", "WARN", "ERROR"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Unknown levels are INFO: other programs use the name as well, with other values. */
function logLevel(): Variable<LogLevel, "INFO", true> {
  const parse = (value: string): LogLevel => (value === "TRACE" ? "DEBUG" : (LOG_LEVELS.find((level) => level === value) ?? "INFO"));
  return { default: "INFO", required: true, parse };
}

/** How every function gets into the database; docs/operations/database-access.md. */
export const DATABASE_VARIABLES = {
  /** A PostgreSQL URL; for reading it may go through a pooler. */
  DATABASE_URL: text(),
  /** A direct PostgreSQL URL for ingest and migrations: the advisory lock belongs to a session. */
  INGEST_DATABASE_URL: text(),
  /** Instead of both: a secret in AWS Secrets Manager, JSON with `url`, or with `username`, `password`, `host`, `port` and `dbname`. */
  DATABASE_SECRET_ARN: text({ required: true }),
  /** Where the secret has no `host`. */
  DATABASE_HOST: text(),
  /** Where the secret has no `port`. */
  DATABASE_PORT: text({ default: "5432" }),
  /** Where the secret has no `dbname`. */
  DATABASE_NAME: text(),
  /** PEM file of the certificate authorities to trust; `ca` in the secret wins. */
  DATABASE_CA_FILE: text(),
} as const;

/** Which Stellar network; one that is not public needs a passphrase. */
export const NETWORK_VARIABLES = {
  /** `pubnet`, `testnet` or `futurenet`; with a passphrase any name. Without either ingest takes `testnet`, and the API the network of its database. */
  NETWORK: text({ required: true }),
  /** The network's passphrase; by default that of NETWORK. */
  NETWORK_PASSPHRASE: text(),
} as const;

/** What every function logs. */
export const LOG_VARIABLES = {
  /** DEBUG, INFO, WARN or ERROR; ingest writes a line a ledger at DEBUG. A function takes any other level for INFO. */
  LOG_LEVEL: logLevel(),
} as const;

/** What `databaseAccess` needs. */
export type DatabaseSettings = Settings<typeof DATABASE_VARIABLES> & { readonly aws: AwsEnvironment };

/** @throws WalletError CONFIG_INVALID */
export function readDatabaseEnvironment(environment: Environment): DatabaseSettings {
  return { ...readVariables(DATABASE_VARIABLES, environment), aws: awsEnvironment(environment) };
}

/** @throws WalletError CONFIG_INVALID */
export function readNetworkEnvironment(environment: Environment): Network {
  return resolveNetwork(readVariables(NETWORK_VARIABLES, environment));
}
