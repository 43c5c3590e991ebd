import type { Socket } from "node:net";
import postgres from "postgres";
import { connectSocket, type SocketTarget } from "./socket.ts";
import { separateTls } from "./tls.ts";

/** A client of one connection. */
export type Database = postgres.Sql;

export interface ConnectOptions {
  /** Shown in pg_stat_activity. */
  applicationName: string;
  /** Server-side bound of one statement, milliseconds. */
  statementTimeout: number;
  /** Server-side bound of waiting for a row or table lock, milliseconds. */
  lockTimeout: number;
  /** Server-side bound of sitting idle in an open transaction, milliseconds. */
  idleInTransactionTimeout: number;
  /** Server-side bound of a session without any statement (a frozen sandbox holds its connection), milliseconds; 0 = none. */
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

/** Values stay the server's text: 64-bit integers, times and bytes are formatted where they are used. */
const TEXT_TYPES = {
  int8: { to: 20, from: [20], serialize: String, parse: (text: string) => text },
  time: { to: 1184, from: [1184], serialize: String, parse: (text: string) => text },
};

/**
 * One session for ingestion or migrations, for good: it never recycles, and when its backend is lost every query on it rejects.
 * The driver alone would go on at a new backend without a word, without the lock, and with the rest of a transaction whose
 * beginning was rolled back.
 * @param url a PostgreSQL URL; `sslmode` and `sslrootcert` as in `separateTls`
 * @throws WalletError CONFIG_INVALID; queries throw DATABASE_UNREACHABLE when the server's certificate is not trusted
 */
export function connectDatabase(url: string, options: ConnectOptions): Database {
  const { url: plain, tls } = separateTls(url);
  let sessions = 0;
  const sql: Database = postgres(plain, {
    max: 1,
    idle_timeout: 0,
    max_lifetime: null,
    connect_timeout: 10,
    fetch_types: false,
    prepare: true,
    onnotice: ({ severity, message }) => {
      if (severity === "WARNING") options.onWarning?.(message ?? "");
    },
    onclose: () => {
      // Called before the driver connects again for queries that still wait; ending the client rejects them.
      void sql.end({ timeout: 0 }).catch(() => {});
    },
    types: TEXT_TYPES,
    connection: {
      application_name: options.applicationName,
      TimeZone: "UTC",
      jit: "off",
      statement_timeout: options.statementTimeout,
      lock_timeout: options.lockTimeout,
      idle_in_transaction_session_timeout: options.idleInTransactionTimeout,
      idle_session_timeout: options.idleSessionTimeout,
    },
    ssl: false,
    ...({
      socket: async (target: SocketTarget) => {
        try {
          if (sessions++ > 0) throw Object.assign(new Error("the database session was lost"), { code: "CONNECTION_CLOSED" });
          const socket = await connectSocket(target, tls);
          sockets.set(sql, socket);
          return socket;
        } catch (error) {
          // The driver rejects the query that wanted the socket and forgets the connection: every later one would wait for ever.
          void sql.end({ timeout: 0 }).catch(() => {});
          throw error;
        }
      },
    } as object),
  });
  return sql;
}

/** A URL without its password, for logs and messages. */
export function redactUrl(url: string): string {
  const parsed = new URL(url);
  parsed.password = "";
  parsed.search = "";
  return parsed.toString();
}
