import { DATABASE_VARIABLES, LOG_VARIABLES, MAX_STATEMENT_SECONDS, NETWORK_VARIABLES } from "../shared/environment.ts";
import { type Network, resolveNetwork } from "../shared/network.ts";
import { type Environment, flag, list, readVariables, type Settings, wholeNumber } from "../shared/variables.ts";

/** What the API reads from its environment besides the database. */
const API_VARIABLES = {
  ...NETWORK_VARIABLES,
  ...LOG_VARIABLES,
  /** Stellar public keys (`G…`) whose owners may query, separated by commas; none: anybody may. */
  CLIENT_AUTH_PUBLIC_KEYS: list(),
  /** Longest life of a token. */
  CLIENT_AUTH_MAX_TIMEOUT_SECONDS: wholeNumber({ unit: "seconds", default: 15, minimum: 1 }),
  /** Largest body of a request. */
  CLIENT_AUTH_MAX_BODY_SIZE_BYTES: wholeNumber({ unit: "bytes", default: 102_400, minimum: 1 }),
  /** Most complexity of a query; the reference client's pages of 100 cost up to 7401. */
  GRAPHQL_COMPLEXITY_LIMIT: wholeNumber({ unit: "complexity", default: 10_000, minimum: 1 }),
  /** Introspection; `true` also lets errors suggest names. */
  GRAPHQL_INTROSPECTION_ENABLED: flag(),
  /** Connections to the database, one for each request that reads at once. Lambda sends one request at a time; elsewhere there are at least 10. */
  DB_MAX_CONNS: wholeNumber({ unit: "connections", default: 1, minimum: 1 }),
  /** Requests that wait for a connection at once, 10 s at most; more are refused with 503. */
  DB_MAX_WAITING: wholeNumber({ unit: "requests", default: 100 }),
  /** Longest statement of a query: the response must leave before API Gateway's timeout. */
  DB_STATEMENT_TIMEOUT_SECONDS: wholeNumber({
    unit: "seconds",
    default: MAX_STATEMENT_SECONDS,
    minimum: 1,
    maximum: MAX_STATEMENT_SECONDS,
  }),
  /** `/health` says 503 when the newest ledger is older: 50 ledgers of about 6 s, and one minute of the schedule. */
  HEALTH_MAX_LAG_SECONDS: wholeNumber({ unit: "seconds", default: 360, minimum: 1 }),
} as const;

/** Everything that the serve function reads from its environment. */
export const SERVE_VARIABLES = { ...DATABASE_VARIABLES, ...API_VARIABLES } as const;

/** The API's environment besides the database. */
export interface ApiSettings extends Omit<Settings<typeof API_VARIABLES>, keyof Network> {
  /** Passphrase of the network that the settings name; null: they name none, and the database decides. */
  readonly networkPassphrase: string | null;
}

/** @throws WalletError CONFIG_INVALID */
export function readApiEnvironment(environment: Environment): ApiSettings {
  const { network, networkPassphrase, ...settings } = readVariables(API_VARIABLES, environment);
  const named = network !== undefined || networkPassphrase !== undefined;
  return { ...settings, networkPassphrase: named ? resolveNetwork({ network, networkPassphrase }).networkPassphrase : null };
}
