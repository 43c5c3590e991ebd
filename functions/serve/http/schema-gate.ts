import { SERVE_SCHEMA } from "../../shared/schema-version.ts";
import type { Lanes } from "../lanes.ts";
import { schemaVersion } from "../queries/schema-version.ts";
import { inSnapshot } from "../snapshot.ts";
import { type HttpAnswer, restAnswer } from "./answer.ts";

const UNDEFINED_TABLE = "42P01";

/**
 * Refuses requests while the database's schema is older than what the queries read: 503 with a sentence that says what to do.
 * Asked until it is new enough, then never again, since migrations only go forward. A newer schema is fine (expand, deploy,
 * contract). When the version cannot be read at all, the request goes on and meets the real trouble.
 */
export function createSchemaGate(lanes: Lanes): () => Promise<HttpAnswer | null> {
  let open = false;
  return async () => {
    if (open) return null;
    const version = await inSnapshot(lanes, schemaVersion).catch((error: unknown) =>
      (error as { code?: string }).code === UNDEFINED_TABLE ? 0 : null,
    );
    if (version === null) return null;
    open = version >= SERVE_SCHEMA.min;
    if (open) return null;
    return restAnswer(503, {
      error: `The database has ${version === 0 ? "no schema" : `schema version ${version}`}; this API needs at least ${SERVE_SCHEMA.min}. Run the migrations.`,
      extras: { code: "DATABASE_TOO_OLD", version, needed: SERVE_SCHEMA.min },
    });
  };
}
