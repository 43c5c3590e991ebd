import type postgres from "postgres";
import { openSession } from "../../shared/database/open-session.ts";

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

/** Opens a connection for requests; it never connects again (`openSession`). */
export function openConnection({ databaseUrl, statementTimeout, onClose }: ConnectionOptions): DatabaseConnection {
  return openSession(databaseUrl, {
    textTypes: TEXT_TYPES,
    parameters: {
      application_name: "wallet-serve",
      // Every statement names its partitions' time as a parameter and was checked with a generic plan.
      plan_cache_mode: "force_generic_plan",
      // Pages come in the order of their index. The planner takes every account for a small one and would rather sort all its rows.
      enable_sort: false,
      enable_bitmapscan: false,
      default_transaction_read_only: true,
      statement_timeout: statementTimeout,
      idle_in_transaction_session_timeout: 30_000,
    },
    onClose,
  });
}
