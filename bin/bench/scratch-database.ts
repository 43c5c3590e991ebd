import { randomBytes } from "node:crypto";
import { connectDatabase, type Database, unreachable } from "../../functions/shared/database/session.ts";
import { WalletError } from "../../functions/shared/errors.ts";
import type { Cleanup } from "../runtime/cleanup.ts";
import { migrateDatabase } from "../runtime/migrate-database.ts";

/** Runs something on a session of its own. @throws WalletError DATABASE_UNREACHABLE */
export async function onServer<Result>(url: string, run: (sql: Database) => Promise<Result>): Promise<Result> {
  const sql = connectDatabase(url, {
    applicationName: "wallet bench",
    statementTimeout: 60_000,
    lockTimeout: 10_000,
    idleInTransactionTimeout: 0,
    idleSessionTimeout: 0,
  });
  try {
    return await run(sql);
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
  cleanup.add(async () => void (await onServer(url, (sql) => sql`drop database ${sql(name)} with (force)`)));
  const scratch = new URL(url);
  scratch.pathname = `/${name}`;
  await migrateDatabase(scratch.href);
  // Old ledgers would be compressed while they are measured.
  await onServer(scratch.href, (sql) => sql`select set_columnstore(null)`);
  return scratch.href;
}

/** Compresses the history of a scratch database, but for chunks that have not ended. @throws WalletError USAGE when it is no TimescaleDB */
export async function compressHistory(url: string): Promise<void> {
  const [row] = await onServer(
    url,
    (sql) => sql<{ can: boolean }[]>`select to_regprocedure('compress_history(integer, jsonb)') is not null as can`,
  );
  if (!row!.can) throw new WalletError("USAGE", "--compressed needs TimescaleDB: name a server that has it with --database-url.");
  await onServer(url, (sql) => sql`call compress_history(0, '{"compress_after": "0 days"}')`);
}
