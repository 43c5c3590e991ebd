import type { Sql } from "postgres";
import { WalletError } from "../errors.ts";
import { codeOf, UNDEFINED_TABLE } from "./error-codes.ts";

/** Schema versions (numbers of migrations) that a bundle works with. */
interface SchemaRange {
  min: number;
  max: number;
}

/** The newest migration that this code knows. */
export const NEWEST_SCHEMA = 15;

/** Ingest writes, so it refuses a schema that it does not know: beyond `max` another column may need a value. */
export const INGEST_SCHEMA: SchemaRange = { min: 15, max: NEWEST_SCHEMA };

/** Serve reads: a newer schema keeps what it reads until the old bundles are gone (expand, deploy, contract). */
export const SERVE_SCHEMA: SchemaRange = { min: 15, max: NEWEST_SCHEMA };

/** The database's schema version; 0 when it was never migrated. */
export async function readSchemaVersion(sql: Sql): Promise<number> {
  try {
    const [row] = await sql<{ version: number }[]>`select coalesce(max(version), 0)::integer as version from schema_migrations`;
    return row?.version ?? 0;
  } catch (error) {
    if (codeOf(error) === UNDEFINED_TABLE) return 0;
    throw error;
  }
}

/** @throws WalletError DATABASE_TOO_OLD or DATABASE_NEWER when the version is out of the range */
export function requireSchema(version: number, { min, max }: SchemaRange): void {
  const details = { version, min, max };
  if (version < min) {
    throw new WalletError(
      "DATABASE_TOO_OLD",
      `The database has ${version === 0 ? "no schema" : `schema version ${version}`}; this code works with ${min} to ${max}. Run the migrations first: npm run wallet -- migrate.`,
      details,
    );
  }
  if (version > max) {
    throw new WalletError(
      "DATABASE_NEWER",
      `The database has schema version ${version}; this code works with ${min} to ${max}. Nothing was written. Deploy the newer code.`,
      details,
    );
  }
}
