import postgres from "postgres";
import { connectSocket, type SocketTarget } from "../shared/database-socket.ts";
import { separateTls } from "../shared/database-tls.ts";

/** A client with one connection: a request's statements run on it in order, so a transaction can be pipelined. */
export type Lane = postgres.Sql;

/** A piece of SQL with its parameters, to be put into a statement. */
export type Fragment = postgres.PendingQuery<postgres.Row[]>;

export interface LaneOptions {
  databaseUrl: string;
  /** Lanes at once: 1 in Lambda, which has one request at a time. */
  maximum: number;
  /** Longest statement, milliseconds; 25 s unless said otherwise. Below the gateway's 30 s, so that the client gets an answer. */
  statementTimeout?: number;
  /** Gives the URL to use after the server has refused this one's login; absent: there is no other. */
  renewUrl?: (stale: string) => Promise<string>;
}

const STATEMENT_TIMEOUT = 25_000;
/** A request may read longer than a statement by so much, milliseconds. */
const GRACE = 1_000;

const identity = (value: string): string => value;
const asText = (oid: number, ...others: number[]) => ({ to: oid, from: [oid, ...others], parse: identity, serialize: String });

function openLane(options: LaneOptions & { statementTimeout: number }): Lane {
  const { url, tls } = separateTls(options.databaseUrl);
  const lane: Lane = postgres(url, {
    max: 1,
    prepare: true,
    fetch_types: false,
    connect_timeout: 10,
    idle_timeout: 0,
    max_lifetime: null,
    onnotice: () => {},
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
      statement_timeout: options.statementTimeout,
      idle_in_transaction_session_timeout: 30_000,
      jit: false,
    },
    ssl: false,
    ...({
      socket: async (target: SocketTarget) => {
        try {
          return await connectSocket(target, tls);
        } catch (error) {
          // The driver rejects the query that wanted the socket and forgets the connection: every later one would wait for ever.
          void lane.end({ timeout: 0 }).catch(() => {});
          throw error;
        }
      },
    } as object),
  });
  return lane;
}

/** A free list of lanes. A lane that lost its connection is replaced, not mended. */
export class Lanes {
  readonly #options: LaneOptions & { statementTimeout: number };
  #databaseUrl: string;
  #renewing: Promise<void> | null = null;
  readonly #free: Lane[] = [];
  readonly #all = new Set<Lane>();
  readonly #waiting: ((lane: Lane) => void)[] = [];

  constructor(options: LaneOptions) {
    this.#options = { statementTimeout: STATEMENT_TIMEOUT, ...options };
    this.#databaseUrl = options.databaseUrl;
  }

  /** A request may read for so long, milliseconds, from its first statement to its last answer. */
  get deadline(): number {
    return this.#options.statementTimeout + GRACE;
  }

  /** A lane of one's own until it is released. */
  acquire(): Lane | Promise<Lane> {
    const lane = this.#free.pop();
    if (lane !== undefined) return lane;
    if (this.#renewing !== null) return this.#renewing.then(() => this.acquire());
    if (this.#all.size < this.#options.maximum) return this.#open();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  release(lane: Lane): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(lane);
    else next(lane);
  }

  /** Gives a broken lane back: it is closed and its place filled on demand. */
  discard(lane: Lane): void {
    this.#all.delete(lane);
    lane.end({ timeout: 0 }).catch(() => {});
    if (this.#waiting.length > 0) void this.#serveNext();
  }

  /** The server refused the login (its password was rotated): lanes from now on open with the renewed one. */
  renew(): void {
    this.#renewing ??= (async () => {
      try {
        this.#databaseUrl = (await this.#options.renewUrl?.(this.#databaseUrl)) ?? this.#databaseUrl;
      } catch {
        // The old login is tried again, and its refusal reported.
      } finally {
        this.#renewing = null;
      }
    })();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#all].map((lane) => lane.end({ timeout: 5 })));
  }

  async #serveNext(): Promise<void> {
    const lane = await this.acquire();
    this.release(lane);
  }

  #open(): Lane {
    const lane = openLane({ ...this.#options, databaseUrl: this.#databaseUrl });
    this.#all.add(lane);
    return lane;
  }
}
