import { isPooled } from "../../shared/database/pooler.ts";
import type { ServeSession } from "../../shared/database/serve-session.ts";
import type { DatabaseConnection } from "./connection.ts";

const BEGIN = "begin isolation level repeatable read read only";

/** What begins a request's transaction, by connection; absent: not known yet. */
const BEGINNINGS = new WeakMap<DatabaseConnection, string>();

/** What begins a request's transaction on this connection; null before its handshake. */
export function beginningOn(connection: DatabaseConnection): string | null {
  return BEGINNINGS.get(connection) ?? null;
}

/** For `SET` and for the simple protocol, neither of which takes parameters. The values are ours, and plain words or numbers. */
const mapSettings = (session: Partial<ServeSession>, format: (name: string, value: string) => string): string[] =>
  Object.entries(session).map(([name, value]) => format(name, `'${value}'`));

/**
 * Finds out how requests must use a new connection (docs/decisions/0014-settings-belong-to-the-user.md). A user whose own settings are
 * the wanted ones needs nothing. Any other has them set: once, where the session is the server's own; in every transaction, where
 * a pooler gives each to another session. There statements are prepared only if the pooler keeps track of them.
 * @param session the settings that it must have
 * @returns what begins a request's transaction on it
 * @throws the connection's error
 */
export async function handshake(connection: DatabaseConnection, session: ServeSession): Promise<string> {
  const rows = await connection.unsafe<{ pid: number; settled: boolean }[]>(`
    select pg_backend_pid() as pid, count(*) = ${Object.keys(session).length} as settled from pg_settings
    where (name, reset_val) in (${mapSettings(session, (name, value) => `('${name}', ${value})`).join(", ")})`);
  const { pid, settled } = rows[0]!;
  const pooled = isPooled(rows, pid);
  if (pooled && !(await preparedNamesAreTracked(connection))) connection.options.prepare = false;
  if (!pooled && !settled) await connection.unsafe(mapSettings(session, (name, value) => `set ${name} = ${value}`).join("; "));
  const { default_transaction_read_only: _, ...ofTransactions } = session;
  const local = pooled && !settled ? mapSettings(ofTransactions, (name, value) => `set local ${name} = ${value}`) : [];
  const begin = [BEGIN, ...local].join("; ");
  BEGINNINGS.set(connection, begin);
  return begin;
}

/**
 * Can a statement be prepared in one transaction and run in another? A pooler that sees to it (PgBouncer since 1.21, with
 * max_prepared_statements) gives statements names of its own, because many clients share a session; one that does not passes the
 * client's name on, and then fails as soon as the next transaction gets another session.
 */
async function preparedNamesAreTracked(connection: DatabaseConnection): Promise<boolean> {
  connection.unsafe("begin").catch(() => {});
  const rows = await connection<{ name: string }[]>`select name from pg_prepared_statements where not from_sql`;
  const { name } = rows.statement;
  const passedOn = rows.some((row) => row.name === name);
  if (passedOn) await connection.unsafe(`deallocate "${name}"`);
  await connection.unsafe("commit");
  return !passedOn;
}
