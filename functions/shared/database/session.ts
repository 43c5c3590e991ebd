import type { Socket } from "node:net";
import type postgres from "postgres";
import { WalletError } from "../errors.ts";
import { verdictOn } from "./error-codes.ts";
import { openSession } from "./open-session.ts";
import { redactUrl } from "../redact.ts";
import { unreachableError } from "./unreachable.ts";

/** A client of one connection. */
export type Database = postgres.Sql;

interface ConnectOptions {
  /** Shown in pg_stat_activity. */
  applicationName: string;
  /** Server-side bound of one statement, milliseconds. */
  statementTimeout: number;
  /** Server-side bound of waiting for a row or table lock, milliseconds. */
  lockTimeout: number;
  /** Server-side bound of sitting idle in an open transaction, milliseconds. */
  idleInTransactionTimeout: number;
  /** Server-side bound of a session without any statement (a frozen execution environment holds its connection), milliseconds; 0: no bound. */
  idleSessionTimeout: number;
  /** Told of the server's warnings. */
  onWarning?: (message: string) => void;
}

/** Each client's socket, for `sessionSocket`. */
const sockets = new WeakMap<Database, Socket>();

/** The socket of a client's session, TLS included. @throws Error before the client's first query has been answered */
export function sessionSocket(sql: Database): Socket {
  const socket = sockets.get(sql);
  if (!socket) throw new Error("the database session is not open");
  return socket;
}

/** bigint and timestamptz: 64-bit integers and times are formatted where they are used. */
const TEXT_TYPES = [[20], [1184]];

/**
 * One session for ingestion, migrations or the command line; it never connects again (`openSession`).
 * @param url a PostgreSQL URL; `sslmode` and `sslrootcert` as in `separateTls`
 * @throws WalletError CONFIG_INVALID; queries throw DATABASE_UNREACHABLE when the server's certificate is not trusted
 */
export function connectDatabase(url: string, options: ConnectOptions): Database {
  return openSession(url, {
    textTypes: TEXT_TYPES,
    parameters: {
      application_name: options.applicationName,
      jit: "off",
      statement_timeout: options.statementTimeout,
      lock_timeout: options.lockTimeout,
      idle_in_transaction_session_timeout: options.idleInTransactionTimeout,
      idle_session_timeout: options.idleSessionTimeout,
    },
    onNotice: ({ severity, message }) => {
      if (severity === "WARNING") options.onWarning?.(message ?? "");
    },
    onSocket: (socket, session) => void sockets.set(session, socket),
  });
}

/** The error for a database that cannot be talked to; any other error stays as it is. */
export function unreachable(error: unknown, url: string): unknown {
  if (error instanceof WalletError || !(error instanceof Error) || !verdictOn(error).unreachable) return error;
  return unreachableError(error, redactUrl(url));
}
