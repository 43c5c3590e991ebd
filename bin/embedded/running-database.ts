import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { WalletError } from "../../functions/shared/errors.ts";
import { runningServer, urlFor } from "./data-directory.ts";
import { storedPassword, type UserName } from "./user-passwords.ts";

/**
 * The embedded database that a `wallet start` on this machine has running, so that another terminal can look at it.
 * @param dataDirectory e.g. `.wallet`, which has a folder for each source, or one of these
 * @param user who logs in; before it is made the owner does
 * @returns its URL with the password (never log it); null when none runs
 * @throws WalletError CONFIG_INVALID when several run
 */
export function runningDatabase(dataDirectory: string, user: UserName): string | null {
  const children = existsSync(dataDirectory) ? readdirSync(dataDirectory, { withFileTypes: true }) : [];
  const homes = [dataDirectory, ...children.filter((child) => child.isDirectory()).map(({ name }) => join(dataDirectory, name))];
  const running = homes.flatMap((home) => {
    const server = runningServer(home);
    return server === null ? [] : [{ home, ...server }];
  });
  if (running.length > 1)
    throw new WalletError(
      "CONFIG_INVALID",
      `Several embedded databases are running: ${running.map(({ home }) => home).join(", ")}. Name one of them with --data-dir.`,
    );
  const [only] = running;
  if (only === undefined) return null;
  const password = storedPassword(only.home, user);
  return password === null ? urlFor(only.port, only.password, "wallet") : urlFor(only.port, password, "wallet", user);
}
