import { MAX_STATEMENT_SECONDS } from "../environment.ts";

/**
 * How a session that answers requests must be set, with the values as `pg_settings` shows them (milliseconds). They belong to serve's
 * login user; sessions of other users are set by serve itself (docs/decisions/0014-settings-belong-to-the-user.md).
 */
export const SERVE_SESSION = {
  // Every statement names its partitions' time as a parameter and was checked with a generic plan.
  plan_cache_mode: "force_generic_plan",
  // Pages come in the order of their index. The planner takes every account for a small one and would rather sort all its rows.
  enable_sort: "off",
  enable_bitmapscan: "off",
  // A page is some dozens of rows: starting workers takes several times as long as reading them.
  max_parallel_workers_per_gather: "0",
  jit: "off",
  default_transaction_read_only: "on",
  statement_timeout: String(MAX_STATEMENT_SECONDS * 1000),
  lock_timeout: "5000",
  idle_in_transaction_session_timeout: "30000",
} as const;

/** The same with other values. */
export type ServeSession = Readonly<Record<keyof typeof SERVE_SESSION, string>>;
