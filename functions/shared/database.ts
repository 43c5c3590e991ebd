import { connect as connectSocket, type Socket } from "node:net";
import postgres from "postgres";

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
}

interface SocketTarget {
  host: string[];
  port: number[];
  path: string | boolean;
}

/**
 * A connected socket without Nagle's delay (postgres.js never turns it off, and a COPY's closing message then waits 40 ms for
 * an acknowledgement) and with room for a whole ledger, since a full buffer stops pipelining.
 */
function connectNoDelay(target: SocketTarget): Promise<Socket> {
  const host = target.host[0] ?? "localhost";
  const path = typeof target.path === "string" ? target.path : undefined;
  return new Promise((resolve, reject) => {
    const options = { writableHighWaterMark: 4 << 20 };
    const socket = path
      ? connectSocket({ path, ...options })
      : connectSocket({ host, port: target.port[0] ?? 5432, noDelay: true, ...options });
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      // postgres.js takes the name for TLS from here.
      resolve(Object.assign(socket, { host }));
    });
  });
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
 * @param url a PostgreSQL URL; `sslmode=require`, `verify-full` and the like turn TLS on
 */
export function connectDatabase(url: string, options: ConnectOptions): Database {
  let sessions = 0;
  const sql: Database = postgres(url, {
    max: 1,
    idle_timeout: 0,
    max_lifetime: null,
    connect_timeout: 10,
    fetch_types: false,
    prepare: true,
    onnotice: () => {},
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
    ...({
      socket: async (target: SocketTarget) => {
        try {
          if (sessions++ > 0) throw Object.assign(new Error("the database session was lost"), { code: "CONNECTION_CLOSED" });
          const socket = await connectNoDelay(target);
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
