import { codeOf, UNDEFINED_TABLE } from "../../shared/database/error-codes.ts";
import type { Snapshot } from "../database/snapshot.ts";

/** The number of the newest migration that was applied; 0 when there is none. */
export async function schemaVersion(snapshot: Snapshot): Promise<number> {
  try {
    const rows = await snapshot.query<{ version: number }>(
      (sql) => sql`select coalesce(max(version), 0)::integer as version from schema_migrations`,
    );
    return rows[0]?.version ?? 0;
  } catch (error) {
    if (codeOf(error) === UNDEFINED_TABLE) return 0;
    throw error;
  }
}
