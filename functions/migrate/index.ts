import { readConfig } from "../shared/config.ts";
import { connectDatabase } from "../shared/database.ts";
import { migrate, type MigrationResult } from "./migrate.ts";

/** The Lambda: brings the database to this bundle's schema. A newer database (after a rollback) succeeds with a warning. */
export async function handler(): Promise<MigrationResult> {
  const sql = connectDatabase(readConfig().ingestDatabaseUrl, {
    applicationName: "migrate",
    statementTimeout: 0,
    lockTimeout: 10_000,
    idleInTransactionTimeout: 60_000,
    idleSessionTimeout: 0,
  });
  try {
    const result = await migrate(sql);
    if (result.databaseIsNewer)
      process.stderr.write(`${JSON.stringify({ level: "WARN", code: "DATABASE_NEWER", version: result.version })}\n`);
    return result;
  } finally {
    await sql.end({ timeout: 5 });
  }
}
