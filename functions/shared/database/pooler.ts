import type postgres from "postgres";
import { WalletError } from "../errors.ts";
import { codeOf, PROTOCOL_VIOLATION } from "./error-codes.ts";

/** PgBouncer's refusal of a session's parameters, which a server accepts. */
const REFUSED_PARAMETER = /unsupported startup parameter/;

/**
 * Is there a pooler between this session and the backend that answered? A server names its backend's process when a session begins; a
 * pooler, which has no backend yet, makes a number up.
 * @param rows of a statement on the session @param pid what `pg_backend_pid()` gave in it
 */
export function isPooled(rows: { state: postgres.State }, pid: number): boolean {
  return rows.state.pid !== pid;
}

/** Did a pooler refuse to begin the session? */
export function isPoolersRefusal(error: unknown): boolean {
  return codeOf(error) === PROTOCOL_VIOLATION && error instanceof Error && REFUSED_PARAMETER.test(error.message);
}

/** What somebody is told who sends through a pooler what needs a session. */
export function pooledError(cause?: unknown): WalletError {
  return new WalletError(
    "CONFIG_INVALID",
    "The database is reached through a pooler. Ingestion and migrations hold a lock that belongs to a session, which a pooler gives to others: two could run at once, and the lock could stay held forever. Let INGEST_DATABASE_URL (or the secret of DATABASE_SECRET_ARN) name the server itself, with its own port. The API alone may use the pooler.",
    {},
    { cause },
  );
}

/**
 * Makes sure that a session is the server's own.
 * @throws WalletError CONFIG_INVALID when a pooler is in between, in whatever mode
 */
export async function refusePooler(sql: postgres.Sql): Promise<void> {
  let pooled: boolean;
  try {
    const rows = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
    pooled = isPooled(rows, rows[0]!.pid);
  } catch (error) {
    throw isPoolersRefusal(error) ? pooledError(error) : error;
  }
  if (pooled) throw pooledError();
}
