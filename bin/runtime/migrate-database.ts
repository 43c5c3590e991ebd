import { ensureLoginUsers, type LoginUser } from "../../functions/migrate/login-users.ts";
import { migrate, type MigrationResult } from "../../functions/migrate/migrate.ts";
import { connectDatabase, unreachable } from "../../functions/shared/database/session.ts";

/**
 * Brings a database's schema, and its login users, up to date on a connection of its own.
 * @throws WalletError as `migrate` and `ensureLoginUsers`, DATABASE_UNREACHABLE
 */
export async function migrateDatabase(url: string, users: readonly LoginUser[] = []): Promise<MigrationResult> {
  const sql = connectDatabase(url, {
    applicationName: "wallet migrate",
    statementTimeout: 0,
    lockTimeout: 30_000,
    idleInTransactionTimeout: 60_000,
    idleSessionTimeout: 0,
    onWarning: (message) => void process.stderr.write(`${message}\n`),
  });
  try {
    const result = await migrate(sql);
    await ensureLoginUsers(sql, users);
    return result;
  } catch (error) {
    throw unreachable(error, url);
  } finally {
    await sql.end({ timeout: 5 });
  }
}
