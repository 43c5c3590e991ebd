import { SERVE_SCHEMA } from "../../shared/database/schema-version.ts";
import type { Snapshot } from "../database/snapshot.ts";
import { schemaVersion } from "../queries/schema-version.ts";
import type { GraphqlFacts } from "../resolvers/context.ts";

/** Asks which schema the snapshot sees; null when it is new enough, or when that cannot be told. */
export type SchemaGate = (snapshot: Snapshot) => Promise<GraphqlFacts["outdatedSchema"] | null> | null;

/**
 * Tells when the database's schema is older than what the queries read. Asked until it is new enough, then never again, since
 * migrations only go forward. A newer schema is fine (expand, deploy, contract). When the version cannot be read at all, the
 * operation's own errors say why.
 */
export function createSchemaGate(): SchemaGate {
  let open = false;
  const ask = async (snapshot: Snapshot): Promise<GraphqlFacts["outdatedSchema"] | null> => {
    const version = await schemaVersion(snapshot).catch(() => null);
    if (version === null) return null;
    open = version >= SERVE_SCHEMA.min;
    return open ? null : { version, needed: SERVE_SCHEMA.min };
  };
  return (snapshot) => (open ? null : ask(snapshot));
}
