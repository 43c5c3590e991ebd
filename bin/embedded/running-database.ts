import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { WalletError } from "../../functions/shared/errors.ts";
import { runningPort } from "./data-directory.ts";
import { urlFor } from "./embedded-database.ts";

/**
 * The embedded database that a `wallet start` on this machine has running, so that another terminal can look at it.
 * @param dataDirectory e.g. `.wallet`, which has a folder for each source, or one of these
 * @returns its URL with the password (never log it); null when none runs
 * @throws WalletError CONFIG_INVALID when several run
 */
export function runningDatabase(dataDirectory: string): string | null {
  const children = existsSync(dataDirectory) ? readdirSync(dataDirectory, { withFileTypes: true }) : [];
  const homes = [dataDirectory, ...children.filter((child) => child.isDirectory()).map(({ name }) => join(dataDirectory, name))];
  const running = homes.flatMap((home) => {
    const port = existsSync(join(home, "pg-password")) ? runningPort(join(home, "pg")) : null;
    return port === null ? [] : [{ home, port }];
  });
  if (running.length > 1)
    throw new WalletError(
      "CONFIG_INVALID",
      `Several embedded databases are running: ${running.map(({ home }) => home).join(", ")}. Name one of them with --data-dir.`,
    );
  const [only] = running;
  return only ? urlFor(only.port, readFileSync(join(only.home, "pg-password"), "utf8"), "wallet") : null;
}
