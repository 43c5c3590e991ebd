import { randomBytes } from "node:crypto";
import { connectDatabase, type Database, unreachable } from "../../functions/shared/database/session.ts";
import type { Cleanup } from "../runtime/cleanup.ts";
import { migrateDatabase } from "../runtime/migrate-database.ts";

async function onServer(url: string, run: (sql: Database) => Promise<unknown>): Promise<void> {
  const sql = connectDatabase(url, {
    applicationName: "wallet bench",
    statementTimeout: 60_000,
    lockTimeout: 10_000,
    idleInTransactionTimeout: 0,
    idleSessionTimeout: 0,
  });
  try {
    await run(sql);
  } catch (error) {
    throw unreachable(error, url);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/**
 * An empty, migrated database beside the given one, dropped by the cleanup.
 * @param url of a database whose user may create others
 * @returns the new database's URL
 */
export async function scratchDatabase(url: string, cleanup: Cleanup): Promise<string> {
  const name = `wallet_bench_${randomBytes(4).toString("hex")}`;
  await onServer(url, (sql) => sql`create database ${sql(name)}`);
  cleanup.add(() => onServer(url, (sql) => sql`drop database ${sql(name)} with (force)`));
  const scratch = new URL(url);
  scratch.pathname = `/${name}`;
  await migrateDatabase(scratch.href);
  return scratch.href;
}
