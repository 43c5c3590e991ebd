import { codeOf, INSUFFICIENT_PRIVILEGE } from "../../shared/database/error-codes.ts";
import type { Database } from "../../shared/database/session.ts";
import { lockKey } from "./lock.ts";

/** After its deadline an invocation is given so long to be over, in seconds. */
const GRACE_SECONDS = 30;
/** The server's bound for a backend to end, milliseconds. */
const TERMINATION_MS = 5_000;

/**
 * Ends the session that holds the lock when its invocation must be over: the deadline has passed by the grace (both by the
 * database's clock, since a function's may be wrong), or it is an earlier session of this very invocation, whose network was
 * lost. Needs to be of the same role, or pg_signal_backend.
 * @param name our own application name
 * @returns true when a holder was ended: the lock is worth another try
 */
export async function endExpiredHolder(sql: Database, network: string, name: string): Promise<boolean> {
  try {
    // Materialized: only holders with such a name may reach pg_terminate_backend, in whatever order the planner evaluates.
    const ended = await sql<{ ended: boolean }[]>`
      with holder as materialized (
        select a.pid, a.application_name as name, substring(a.application_name from '^ingest/[^/]*/([0-9]{1,12})$')::bigint as deadline
        from pg_locks l join pg_stat_activity a on a.pid = l.pid
        where l.locktype = 'advisory' and l.granted and l.objsubid = 1
          and l.database = (select oid from pg_database where datname = current_database())
          and ((l.classid::bigint << 32) | l.objid::bigint) = ${lockKey(network)}::bigint
          and a.pid <> pg_backend_pid()
      )
      select pg_terminate_backend(pid, ${TERMINATION_MS}) as ended from holder
      where name = ${name} or deadline + ${GRACE_SECONDS} < extract(epoch from clock_timestamp())::bigint`;
    return ended.some((row) => row.ended);
  } catch (error) {
    if (codeOf(error) === INSUFFICIENT_PRIVILEGE) return false;
    throw error;
  }
}
