import { WalletError } from "./errors.ts";

/** Passphrases of the public networks. */
export const NETWORK_PASSPHRASES = {
  pubnet: "Public Global Stellar Network ; September 2015",
  testnet: "Test SDF Network ; September 2015",
  futurenet: "Test SDF Future Network ; October 2022",
} as const;

/** What both sides read from the environment. */
export interface Config {
  /** For reading; may go through a pooler. */
  databaseUrl: string;
  /** For ingestion and migrations: a direct connection, since the advisory lock belongs to a session. */
  ingestDatabaseUrl: string;
  /** Names the advisory lock: `pubnet`, `testnet`, `futurenet` or `custom`. */
  network: string;
  networkPassphrase: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

function invalid(message: string): never {
  throw new WalletError("CONFIG_INVALID", message);
}

/** A PostgreSQL connection URL from the environment; DATABASE_CA_FILE is added as its `sslrootcert`. */
function databaseUrl(environment: Environment, name: string): string {
  const value = environment[name];
  if (!value) invalid(`${name} is not set. Set it to a PostgreSQL URL: postgres://user:password@host:5432/database.`);
  if (!/^postgres(ql)?:\/\//.test(value) || !URL.canParse(value))
    invalid(`${name} is no PostgreSQL URL. It must begin with postgres:// or postgresql://.`);
  if (!environment.DATABASE_CA_FILE) return value;
  const url = new URL(value);
  if (!url.searchParams.has("sslrootcert")) url.searchParams.set("sslrootcert", environment.DATABASE_CA_FILE);
  return url.href;
}

/** Network name and passphrase: NETWORK names a public network, NETWORK_PASSPHRASE any other. */
export function networkFrom(environment: Environment): { network: string; networkPassphrase: string } {
  const { NETWORK: network, NETWORK_PASSPHRASE: passphrase } = environment;
  if (network) {
    const known = Object.entries(NETWORK_PASSPHRASES).find(([name]) => name === network)?.[1];
    if (!known && !passphrase) invalid(`NETWORK is ${network}. Set it to pubnet, testnet or futurenet, or set NETWORK_PASSPHRASE as well.`);
    if (known && passphrase && known !== passphrase)
      invalid(`NETWORK is ${network}, but NETWORK_PASSPHRASE belongs to another network. Set only one of them.`);
    return { network, networkPassphrase: passphrase ?? known! };
  }
  const networkPassphrase = passphrase ?? NETWORK_PASSPHRASES.testnet;
  const named = Object.entries(NETWORK_PASSPHRASES).find(([, known]) => known === networkPassphrase)?.[0];
  return { network: named ?? "custom", networkPassphrase };
}

/**
 * Reads and checks the configuration once.
 * @throws WalletError CONFIG_INVALID with a sentence that says what to set
 */
export function readConfig(environment: Environment = process.env): Config {
  const direct = databaseUrl(environment, environment.INGEST_DATABASE_URL ? "INGEST_DATABASE_URL" : "DATABASE_URL");
  return {
    databaseUrl: environment.DATABASE_URL ? databaseUrl(environment, "DATABASE_URL") : direct,
    ingestDatabaseUrl: direct,
    ...networkFrom(environment),
  };
}

/** A whole number within bounds from the environment, or the default. */
export function numberFrom(environment: Environment, name: string, fallback: number, minimum = 0, maximum = Infinity): number {
  const text = environment[name];
  if (text === undefined || text === "") return fallback;
  const value = Number(text);
  const wanted = maximum === Infinity ? `of at least ${minimum}` : `from ${minimum} to ${maximum}`;
  if (!Number.isInteger(value) || value < minimum || value > maximum) invalid(`${name} is ${text}. Set it to a whole number ${wanted}.`);
  return value;
}
