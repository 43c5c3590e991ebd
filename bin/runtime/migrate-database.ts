import { migrate, type MigrationResult } from "../../functions/migrate/migrate.ts";
import { connectDatabase, redactUrl } from "../../functions/shared/database.ts";
import { WalletError } from "../../functions/shared/errors.ts";

const UNREACHABLE = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EHOSTUNREACH",
  "ETIMEDOUT",
  "CONNECT_TIMEOUT",
  "CONNECTION_CLOSED",
  "28P01",
  "28000",
  "3D000",
]);

/** The error for a database that cannot be talked to; any other error stays as it is. */
export function unreachable(error: unknown, url: string): unknown {
  if (error instanceof WalletError || !(error instanceof Error) || !("code" in error) || !UNREACHABLE.has(String(error.code))) return error;
  const database = redactUrl(url);
  return new WalletError(
    "DATABASE_UNREACHABLE",
    `No connection to ${database}: ${error.message}. Check DATABASE_URL, and that the server runs and lets this user in.`,
    { database },
    { cause: error },
  );
}

/** Brings a database's schema up to date on a connection of its own. @throws WalletError as `migrate`, DATABASE_UNREACHABLE */
export async function migrateDatabase(url: string): Promise<MigrationResult> {
  const sql = connectDatabase(url, {
    applicationName: "wallet migrate",
    statementTimeout: 0,
    lockTimeout: 30_000,
    idleInTransactionTimeout: 60_000,
    idleSessionTimeout: 0,
  });
  try {
    return await migrate(sql);
  } catch (error) {
    throw unreachable(error, url);
  } finally {
    await sql.end({ timeout: 5 });
  }
}
