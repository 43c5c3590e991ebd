/** What a code says of the connection, of a second attempt, and of the data. Absent means false. */
interface CodeVerdict {
  /** The connection in use is gone: what was only read may be read again on another one. */
  lost?: true;
  /** There is no connection to this database, or no longer. */
  unreachable?: true;
  /** The server is there, but lacks room or takes no writes. */
  unusable?: true;
  /** The server refused the user or the password. */
  refused?: true;
  /** A new attempt after a moment may succeed. */
  retry?: true;
  /** The same data will be refused again. */
  poison?: true;
}

/** A table that a statement names is missing. */
export const UNDEFINED_TABLE = "42P01";
/** There is a database of this name, found by name or, when two make it at once, by its unique index. */
export const DATABASE_EXISTS: ReadonlySet<string> = new Set(["42P04", "23505"]);
/** A message that the other side does not understand. */
export const PROTOCOL_VIOLATION = "08P01";
/** The user lacks a right. */
export const INSUFFICIENT_PRIVILEGE = "42501";
/** A lock was not to be had within `lock_timeout`. */
export const LOCK_NOT_AVAILABLE = "55P03";

const LOST: CodeVerdict = { lost: true, unreachable: true, retry: true };
const DOWN: CodeVerdict = { unreachable: true, retry: true };
const UNREACHABLE: CodeVerdict = { unreachable: true };
const RETRY: CodeVerdict = { retry: true };
const POISON: CodeVerdict = { poison: true };
const UNKNOWN: CodeVerdict = {};

/**
 * Every code that means more to us than "an error": SQLSTATEs, codes of postgres.js and of the operating system. A key is a whole
 * code or what several begin with (a SQLSTATE's first two characters are its class); the longest key that fits decides.
 */
const CODES: ReadonlyMap<string, CodeVerdict> = new Map(
  Object.entries({
    // Connection exceptions.
    "08": DOWN,
    "08006": LOST, // connection_failure
    // Data exceptions: a value that cannot be stored.
    "22": POISON,
    // Integrity constraint violations.
    "23": POISON,
    "25006": { unusable: true, retry: true }, // read_only_sql_transaction: still connected to the old primary
    "25P03": { lost: true, retry: true }, // idle_in_transaction_session_timeout
    // Invalid authorization.
    "28": { unreachable: true, refused: true },
    // Invalid catalog name: no such database.
    "3D": UNREACHABLE,
    "40001": RETRY, // serialization_failure
    "40P01": RETRY, // deadlock_detected
    // Statements that do not fit the schema, but for missing rights, which are no ledger's fault.
    "42": POISON,
    "42501": UNKNOWN, // insufficient_privilege
    // Insufficient resources: disk, memory, limits.
    "53": { unusable: true },
    "53300": DOWN, // too_many_connections
    "55P03": RETRY, // lock_not_available
    // The server goes down or comes up, or ends this session.
    "57P": LOST,
    "57P03": DOWN, // cannot_connect_now
    "57P04": UNREACHABLE, // database_dropped
    // postgres.js: CONNECT_TIMEOUT, CONNECTION_CLOSED, CONNECTION_DESTROYED, CONNECTION_ENDED.
    CONNECT_: DOWN,
    CONNECTION_: LOST,
    // The operating system and DNS.
    EAI_: UNREACHABLE,
    EAI_AGAIN: DOWN,
    ECONN: DOWN,
    ECONNRESET: LOST,
    EHOST: UNREACHABLE,
    EHOSTUNREACH: DOWN,
    ENET: UNREACHABLE,
    ENETUNREACH: DOWN,
    ENOTFOUND: DOWN,
    EPIPE: LOST,
    ETIMEDOUT: DOWN,
  }),
);

/** What to do about it, for the operator. Apart from the table above, so that a bundle without advice does without the texts. */
const ADVICE: ReadonlyMap<string, string> = new Map(
  Object.entries({
    "25006": "The server is read-only (a standby, or a failover is under way): check that the URL names the primary.",
    "28000": "Check the user in DATABASE_URL, INGEST_DATABASE_URL or the secret, and that the server lets it in.",
    "28P01": "Check the password in DATABASE_URL, INGEST_DATABASE_URL or the secret.",
    "3D000": "The database does not exist: create it, or correct the name in the URL.",
    "53100": "The database's disk is full: give it more room, or set RETENTION_DAYS.",
    "53200": "The database is out of memory: give it more.",
    "55P03": "Another session holds a lock on a table of ours: find it with pg_blocking_pids, and end it or wait.",
    "53300": "The database has no connection free: raise max_connections or end other sessions.",
  }),
);

/** The verdict on an error by its code; without one, nothing is known of it. */
export function verdictOn(error: unknown): CodeVerdict {
  const code = codeOf(error);
  for (let length = code.length; length > 1; length--) {
    const verdict = CODES.get(code.slice(0, length));
    if (verdict) return verdict;
  }
  return UNKNOWN;
}

/** What to do about an error of the database with this code; null: nothing that its message does not say. */
export function adviceOn(code: string): string | null {
  return ADVICE.get(code) ?? null;
}

/** The code of an error of PostgreSQL, postgres.js or the operating system; an empty text when it has none. */
export function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === "string" ? code : "";
}
