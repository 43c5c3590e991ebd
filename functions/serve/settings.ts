import { networkFrom, numberFrom } from "../shared/config.ts";
import { databaseAccess } from "../shared/database/access.ts";

/** What serve reads from the environment (graphql-api 7.3). */
export interface ServeSettings {
  databaseUrl: string;
  /** Gives the URL to use after the server has refused this one's login. */
  renewDatabaseUrl?: (stale: string) => Promise<string>;
  networkPassphrase: string;
  publicKeys: string[];
  /** Longest life of a token, seconds. */
  maxTokenLifetime: number;
  maxBodyBytes: number;
  maxComplexity: number;
  introspection: boolean;
  /** Requests at once. */
  maxConnections: number;
  /** Longest statement, milliseconds. */
  statementTimeout: number;
  /** Oldest healthy newest ledger, seconds. */
  healthMaxLag: number;
  logLevel: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** 50 ledgers of about 6 s and one schedule period. */
const HEALTH_MAX_LAG = 360;

/** Longest statement, seconds. A request may read a second longer, and must have answered before Lambda's 28 s and the gateway's 29 or 30 s. */
const MAX_STATEMENT_TIMEOUT = 25;

/**
 * Settings with every default, for a database.
 * @throws WalletError CONFIG_INVALID
 */
export function defaultSettings(databaseUrl: string, environment: Environment = {}): ServeSettings {
  return {
    databaseUrl,
    networkPassphrase: networkFrom(environment).networkPassphrase,
    publicKeys: (environment.CLIENT_AUTH_PUBLIC_KEYS ?? "")
      .split(",")
      .map((key) => key.trim())
      .filter((key) => key !== ""),
    maxTokenLifetime: numberFrom(environment, "CLIENT_AUTH_MAX_TIMEOUT_SECONDS", 15, 1),
    maxBodyBytes: numberFrom(environment, "CLIENT_AUTH_MAX_BODY_SIZE_BYTES", 102_400, 1),
    maxComplexity: numberFrom(environment, "GRAPHQL_COMPLEXITY_LIMIT", 10_000, 1),
    introspection: environment.GRAPHQL_INTROSPECTION_ENABLED === "true",
    maxConnections: numberFrom(environment, "DB_MAX_CONNS", 1, 1),
    statementTimeout: numberFrom(environment, "DB_STATEMENT_TIMEOUT_SECONDS", MAX_STATEMENT_TIMEOUT, 1, MAX_STATEMENT_TIMEOUT) * 1000,
    healthMaxLag: numberFrom(environment, "HEALTH_MAX_LAG_SECONDS", HEALTH_MAX_LAG, 1),
    logLevel: environment.LOG_LEVEL,
  };
}

/**
 * Settings of the Lambda.
 * @throws WalletError CONFIG_INVALID, SECRET_UNREADABLE
 */
export async function readSettings(environment: Environment = process.env): Promise<ServeSettings> {
  const access = databaseAccess(environment, "databaseUrl");
  return { ...defaultSettings(await access.url(), environment), renewDatabaseUrl: access.renew };
}
