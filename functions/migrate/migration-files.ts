import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Which engine the schema is for: TimescaleDB where its extension is available, PostgreSQL's own partitions elsewhere. */
export type Dialect = "timescale" | "postgres";

export interface Migration {
  /** The number that its file name begins with. */
  version: number;
  name: string;
  sql: string;
  /** SHA-256 of the file, hex. */
  checksum: string;
}

/** The newest schema that this code knows; a database beyond it is newer than the code. */
export function newestVersion(migrations: readonly Migration[]): number {
  return migrations.at(-1)?.version ?? 0;
}

/** The folder of migrations: beside the bundle in a Lambda asset, at the top of the repository otherwise. */
function migrationsDirectory(): string {
  const beside = fileURLToPath(new URL("./migrations", import.meta.url));
  return existsSync(beside) ? beside : fileURLToPath(new URL("../../migrations", import.meta.url));
}

/** The dialect's migrations in order: a number lives either in the folder itself or in each dialect's own. */
export function readMigrations(dialect: Dialect, directory: string = migrationsDirectory()): Migration[] {
  const migrations: Migration[] = [];
  for (const folder of [directory, join(directory, dialect)]) {
    for (const name of readdirSync(folder)) {
      const version = /^(\d{4})-.+\.sql$/.exec(name)?.[1];
      if (!version) continue;
      const sql = readFileSync(join(folder, name), "utf8");
      const checksum = createHash("sha256").update(sql).digest("hex");
      migrations.push({ version: Number(version), name, sql, checksum });
    }
  }
  migrations.sort((a, b) => a.version - b.version);
  const repeated = migrations.find((m, i) => migrations[i - 1]?.version === m.version);
  if (repeated) throw new Error(`two ${dialect} migrations have the number ${repeated.version}`);
  return migrations;
}
