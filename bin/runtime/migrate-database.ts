import { migrate, type MigrationResult } from "../../functions/migrate/migrate.ts";
import { connectDatabase, unreachable } from "../../functions/shared/database/session.ts";

/** Brings a database's schema up to date on a connection of its own. @throws WalletError as `migrate`, DATABASE_UNREACHABLE */
export async function migrateDatabase(url: string): Promise<MigrationResult> {
  const sql = connectDatabase(url, {
    applicationName: "wallet migrate",
    statementTimeout: 0,
    lockTimeout: 30_000,
    idleInTransactionTimeout: 60_000,
    idleSessionTimeout: 0,
    onWarning: (message) => void process.stderr.write(`${message}\n`),
  });
  try {
    return await migrate(sql);
  } catch (error) {
    throw unreachable(error, url);
  } finally {
    await sql.end({ timeout: 5 });
  }
}
