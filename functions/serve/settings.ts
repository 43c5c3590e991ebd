import { databaseAccess } from "../shared/database/access.ts";
import { readDatabaseEnvironment } from "../shared/environment.ts";
import type { Environment } from "../shared/variables.ts";
import { type ApiSettings, readApiEnvironment } from "./environment.ts";

/** What the API is made with: its environment and its database. */
export interface ServeSettings extends ApiSettings {
  databaseUrl: string;
  /** Gives the URL to use after the server has refused this one's login. */
  renewDatabaseUrl?: (stale: string) => Promise<string>;
}

/**
 * Settings with every default, for a database.
 * @throws WalletError CONFIG_INVALID
 */
export function settingsFor(databaseUrl: string, environment: Environment = {}): ServeSettings {
  return { databaseUrl, ...readApiEnvironment(environment) };
}

/**
 * Settings of the Lambda.
 * @throws WalletError CONFIG_INVALID, SECRET_UNREADABLE
 */
export async function readSettings(environment: Environment): Promise<ServeSettings> {
  const access = databaseAccess(readDatabaseEnvironment(environment), "databaseUrl");
  return { ...settingsFor(await access.url(), environment), renewDatabaseUrl: access.renew };
}
