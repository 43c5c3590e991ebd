/** PostgreSQL cuts application names after 63 bytes. */
const MAX_REQUEST_ID = 40;

/**
 * The name under which an invocation's session shows in pg_stat_activity: `ingest/<request id>/<deadline>`. Lambda ends an
 * invocation at its deadline, so a session that still has the name much later has no invocation behind it.
 * @param deadline by the database's clock, milliseconds since 1970
 */
export function applicationName(requestId: string, deadline: number): string {
  return `ingest/${requestId.replaceAll(/[^\w.-]/g, "_").slice(0, MAX_REQUEST_ID)}/${Math.floor(deadline / 1000)}`;
}
