import type postgres from "postgres";
import { openSession } from "../../shared/database/open-session.ts";
import { SERVE_SESSION, type ServeSession } from "../../shared/database/serve-session.ts";

/** A client with one connection: a request's statements run on it in order, so a transaction can be pipelined. */
export type DatabaseConnection = postgres.Sql;

/** A piece of SQL with its parameters, to be put into a statement. */
export type Fragment = postgres.PendingQuery<postgres.Row[]>;

interface ConnectionOptions {
  databaseUrl: string;
  /** Longest statement, milliseconds. */
  statementTimeout: number;
  /** Told when the connection has closed, for whatever reason. */
  onClose: (connection: DatabaseConnection) => void;
}

/** bigint, timestamptz, bytea, json and jsonb, uuid: no Date, no Number, no Buffer on the way to the response. */
const TEXT_TYPES = [[20], [1184], [17], [114, 3802], [2950]];

const SESSIONS = new WeakMap<DatabaseConnection, ServeSession>();

/**
 * Opens a connection for requests; it never connects again (`openSession`). It begins without settings, which a pooler would refuse:
 * `handshake` sees to them.
 */
export function openConnection({ databaseUrl, statementTimeout, onClose }: ConnectionOptions): DatabaseConnection {
  const connection = openSession(databaseUrl, {
    textTypes: TEXT_TYPES,
    parameters: { application_name: "wallet-serve" },
    onClose,
  });
  SESSIONS.set(connection, { ...SERVE_SESSION, statement_timeout: String(statementTimeout) });
  return connection;
}

/** The settings that the connection's transactions must have. */
export function wantedSession(connection: DatabaseConnection): ServeSession {
  return SESSIONS.get(connection) ?? SERVE_SESSION;
}
