import postgres from "postgres";
import { connectSocket, type SocketTarget } from "../../shared/database/socket.ts";
import { separateTls } from "../../shared/database/tls.ts";

/** A client with one connection: a request's statements run on it in order, so a transaction can be pipelined. */
export type DatabaseConnection = postgres.Sql;

/** A piece of SQL with its parameters, to be put into a statement. */
export type Fragment = postgres.PendingQuery<postgres.Row[]>;

export interface ConnectionOptions {
  databaseUrl: string;
  /** Longest statement, milliseconds. */
  statementTimeout: number;
  /** Told when the connection has closed, for whatever reason. */
  onClose: (connection: DatabaseConnection) => void;
}

const identity = (value: string): string => value;
const asText = (oid: number, ...others: number[]) => ({ to: oid, from: [oid, ...others], parse: identity, serialize: String });

/**
 * Opens a connection; it connects with its first statement, and only once: when the connection is lost, or does not come about, every
 * statement on it rejects. The driver alone would connect again without a word, and without the transaction that was open.
 */
export function openConnection({ databaseUrl, statementTimeout, onClose }: ConnectionOptions): DatabaseConnection {
  const { url, tls } = separateTls(databaseUrl);
  let sessions = 0;
  const connection: DatabaseConnection = postgres(url, {
    max: 1,
    prepare: true,
    fetch_types: false,
    connect_timeout: 10,
    idle_timeout: 0,
    max_lifetime: null,
    onnotice: () => {},
    onclose: () => onClose(connection),
    // Text is handed through: no Date, no Number, no Buffer on the way to the answer.
    types: { int8: asText(20), timestamptz: asText(1184), bytea: asText(17), json: asText(114, 3802), uuid: asText(2950) },
    connection: {
      application_name: "wallet-serve",
      TimeZone: "UTC",
      // Every statement names its partitions' time as a parameter and was checked with a generic plan (read-path, section 2).
      plan_cache_mode: "force_generic_plan",
      // Pages come in the order of their index. The planner, who takes every account for a small one, would rather sort all its rows.
      enable_sort: false,
      enable_bitmapscan: false,
      default_transaction_read_only: true,
      statement_timeout: statementTimeout,
      idle_in_transaction_session_timeout: 30_000,
      jit: false,
    },
    ssl: false,
    ...({
      socket: async (target: SocketTarget) => {
        try {
          if (sessions++ > 0) throw Object.assign(new Error("the database ended the connection"), { code: "CONNECTION_CLOSED" });
          return await connectSocket(target, tls);
        } catch (error) {
          // The driver rejects the query that wanted the socket and forgets the connection: every later one would wait for ever.
          void connection.end({ timeout: 0 }).catch(() => {});
          throw error;
        }
      },
    } as object),
  });
  return connection;
}
