import { codeOf, UNDEFINED_TABLE } from "../../shared/database/error-codes.ts";
import { SERVE_SCHEMA } from "../../shared/database/schema-version.ts";
import { schemaVersion } from "../queries/schema-version.ts";
import type { Snapshot } from "../database/snapshot.ts";
import { type HttpResponse, restResponse } from "./response.ts";

/** Asks which schema the snapshot sees; null when it is new enough, or when that cannot be told. */
export type SchemaGate = (snapshot: Snapshot) => Promise<HttpResponse | null> | null;

/**
 * Refuses answers while the database's schema is older than what the queries read: 503 with a sentence that says what to do.
 * Asked until it is new enough, then never again, since migrations only go forward. A newer schema is fine (expand, deploy,
 * contract). When the version cannot be read at all, the answer tells the real trouble.
 */
export function createSchemaGate(): SchemaGate {
  let open = false;
  const ask = async (snapshot: Snapshot): Promise<HttpResponse | null> => {
    const version = await schemaVersion(snapshot).catch((error: unknown) => (codeOf(error) === UNDEFINED_TABLE ? 0 : null));
    if (version === null) return null;
    open = version >= SERVE_SCHEMA.min;
    if (open) return null;
    return restResponse(503, {
      error: `The database has ${version === 0 ? "no schema" : `schema version ${version}`}; this API needs at least ${SERVE_SCHEMA.min}. Run the migrations.`,
      extras: { code: "DATABASE_TOO_OLD", version, needed: SERVE_SCHEMA.min },
    });
  };
  return (snapshot) => (open ? null : ask(snapshot));
}
