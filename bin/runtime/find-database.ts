import { databaseAccess } from "../../functions/shared/database/access.ts";
import { type DatabaseSettings, readDatabaseEnvironment } from "../../functions/shared/environment.ts";
import type { Arguments } from "../cli/command.ts";
import { runningDatabase } from "../embedded/running-database.ts";

/**
 * The database that a command looks at: the one that options or environment name, else the one that `wallet start` runs below
 * `--data-dir`, for the user of that use.
 * @param use as in `databaseAccess`
 * @returns its URL with the password; never log it
 * @throws WalletError CONFIG_INVALID, SECRET_UNREADABLE
 */
export async function findDatabase(
  { environment, text }: Pick<Arguments, "environment" | "text">,
  use: Parameters<typeof databaseAccess>[1],
): Promise<string> {
  const settings = readDatabaseEnvironment(environment);
  const user = use === "databaseUrl" ? "serve" : "ingest";
  const running = namesDatabase(settings) ? null : runningDatabase(text("data-dir")!, user);
  return running ?? (await databaseAccess(settings, use).url());
}

/** Do the settings name a database? */
export function namesDatabase({ databaseUrl, ingestDatabaseUrl, databaseSecretArn }: DatabaseSettings): boolean {
  return Boolean(databaseUrl || ingestDatabaseUrl || databaseSecretArn);
}
