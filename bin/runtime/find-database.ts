import { databaseAccess } from "../../functions/shared/database/access.ts";
import type { Arguments } from "../cli/command.ts";
import { runningDatabase } from "../embedded/running-database.ts";

/**
 * The database that a command looks at: the one that options or environment name, else the one that `wallet start` runs below
 * `--data-dir`.
 * @param use as in `databaseAccess`
 * @returns its URL with the password; never log it
 * @throws WalletError CONFIG_INVALID, SECRET_UNREADABLE
 */
export async function findDatabase(
  { environment, text }: Pick<Arguments, "environment" | "text">,
  use: Parameters<typeof databaseAccess>[1],
): Promise<string> {
  const { DATABASE_URL, INGEST_DATABASE_URL, DATABASE_SECRET_ARN } = environment;
  const isNamed = Boolean(DATABASE_URL || INGEST_DATABASE_URL || DATABASE_SECRET_ARN);
  const running = isNamed ? null : runningDatabase(text("data-dir")!);
  return running ?? (await databaseAccess(environment, use).url());
}
