import { setTimeout as sleep } from "node:timers/promises";
import { refusePooler } from "../shared/database/pooler.ts";
import type { Database } from "../shared/database/session.ts";
import { WalletError } from "../shared/errors.ts";
import { transact } from "../shared/database/transaction.ts";
import { newestVersion, readMigrations, type Dialect, type Migration } from "./migration-files.ts";

export interface MigrationResult {
  dialect: Dialect;
  /** Names of the migrations that this run applied. */
  applied: string[];
  /** Schema version of the database afterwards. */
  version: number;
  /** True when the database has migrations that this code does not know. */
  databaseIsNewer: boolean;
  /** False when the group roles of ingest and serve are missing and this user may not make them; a warning has said so. */
  hasRoles: boolean;
}

/** Any number that no other user of advisory locks takes: "wallet-migrate" by FNV-1a 64, signed. */
const LOCK_KEY = "-3467321897651087461";
const LOCK_POLL_MS = 200;
const LOCK_TIMEOUT_MS = 60_000;

interface AppliedRow {
  version: number;
  name: string;
  checksum: string;
}

/** Polled, so that a lock that is never released ends as an error of its own. */
async function lock(sql: Database): Promise<void> {
  for (let waited = 0; waited < LOCK_TIMEOUT_MS; waited += LOCK_POLL_MS) {
    const [row] = await sql<{ locked: boolean }[]>`select pg_try_advisory_lock(${LOCK_KEY}::bigint) as locked`;
    if (row?.locked) return;
    await sleep(LOCK_POLL_MS);
  }
  throw new WalletError(
    "MIGRATION_FAILED",
    "Another migration has been running for a minute. Wait for it, or end its session, and try again.",
  );
}

async function detectDialect(sql: Database, migrated: boolean): Promise<Dialect> {
  const [row] = migrated
    ? await sql`select 1 from pg_extension where extname = 'timescaledb'`
    : await sql`select 1 from pg_available_extensions where name = 'timescaledb'`;
  return row ? "timescale" : "postgres";
}

/** The table of applied migrations; not a migration itself, because the runner reads it before the first one. */
export const SCHEMA_MIGRATIONS = `create table if not exists schema_migrations (
  version integer primary key,
  name text not null,
  checksum text not null,
  applied_at timestamptz not null default now()
)`;

async function appliedRows(sql: Database): Promise<AppliedRow[]> {
  await sql.unsafe(SCHEMA_MIGRATIONS);
  return sql<AppliedRow[]>`select version, name, checksum from schema_migrations order by version`;
}

async function apply(sql: Database, { version, name, checksum, sql: text }: Migration): Promise<void> {
  try {
    await transact(sql, async () => {
      await sql.unsafe(text).simple();
      await sql`insert into schema_migrations (version, name, checksum) values (${version}, ${name}, ${checksum})`;
    });
  } catch (error) {
    throw new WalletError(
      "MIGRATION_FAILED",
      `Migration ${name} failed: ${error instanceof Error ? error.message : String(error)}. Nothing of it was kept; fix the cause and run migrate again.`,
      { migration: name },
      { cause: error },
    );
  }
}

/** @throws WalletError MIGRATION_CHANGED when a file is not the one that was applied under its number */
function requireSameFiles(applied: readonly AppliedRow[], migrations: readonly Migration[]): void {
  for (const { version, name, checksum } of applied) {
    const file = migrations.find((migration) => migration.version === version);
    if (!file || file.checksum === checksum) continue;
    throw new WalletError(
      "MIGRATION_CHANGED",
      `Migration ${name} was changed after it had been applied to this database. Until v0.1.0, the first release, migrations are edited in place, and a database of an earlier commit cannot be upgraded: drop it and start over (the embedded one: rm -rf .wallet). Otherwise restore the file, and put changes into a new migration.`,
      { migration: name },
    );
  }
}

/** Who may do what, for all that the migrations have made so far (migrations/0010-roles.sql). */
async function grantRoles(sql: Database): Promise<boolean> {
  const [row] = await sql<{ granted: boolean }[]>`select grant_wallet_roles() as granted`;
  return row!.granted;
}

/**
 * Brings the database to this code's schema, one transaction a migration. Safe to run at any time and from several places at once;
 * a database that is newer (after a rollback of the code) is left as it is.
 * @param sql a connection of its own (the lock belongs to its session)
 * @throws WalletError MIGRATION_FAILED, MIGRATION_CHANGED when a file differs from what was applied, CONFIG_INVALID behind a pooler
 */
export async function migrate(sql: Database, directory?: string): Promise<MigrationResult> {
  await refusePooler(sql);
  await lock(sql);
  try {
    const done = await appliedRows(sql);
    const dialect = await detectDialect(sql, done.length > 0);
    const migrations = readMigrations(dialect, directory);
    requireSameFiles(done, migrations);
    const version = done.at(-1)?.version ?? 0;
    const databaseIsNewer = version > newestVersion(migrations);
    if (dialect === "timescale" && done.length === 0) await sql`create extension if not exists timescaledb`;
    const pending = migrations.filter((m) => m.version > version);
    for (const migration of pending) await apply(sql, migration);
    return {
      dialect,
      applied: pending.map((m) => m.name),
      version: Math.max(version, newestVersion(migrations)),
      databaseIsNewer,
      hasRoles: await grantRoles(sql),
    };
  } finally {
    // Closing the session would free it too, but the session may go on being used.
    await sql`select pg_advisory_unlock(${LOCK_KEY}::bigint)`.catch(() => {});
  }
}
