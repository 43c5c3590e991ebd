import { connect as connectSocket, type Socket } from "node:net";
import postgres from "postgres";

/** A client with one connection: a request's statements run on it in order, so a transaction can be pipelined. */
export type Lane = postgres.Sql;

/** A piece of SQL with its parameters, to be put into a statement. */
export type Fragment = postgres.PendingQuery<postgres.Row[]>;

export interface LaneOptions {
  databaseUrl: string;
  /** Lanes at once: 1 in Lambda, which has one request at a time. */
  maximum: number;
  /** Longest statement, milliseconds. Below the gateway's 30 s, so that the client gets an answer. */
  statementTimeout?: number;
}

const identity = (value: string): string => value;
const asText = (oid: number, ...others: number[]) => ({ to: oid, from: [oid, ...others], parse: identity, serialize: String });

/**
 * A socket without Nagle's delay, which postgres.js leaves on; an unawaited `commit` would then hold up the next request's
 * first statement. It is handed over while it still connects: the driver must have its listeners on it when that fails, or
 * the statements behind the first one would wait for ever.
 */
function connectNoDelay({ host, port, path }: { host: string[]; port: number[]; path: string | boolean }): Socket {
  const name = host[0] ?? "localhost";
  const socket = typeof path === "string" ? connectSocket({ path }) : connectSocket({ host: name, port: port[0] ?? 5432, noDelay: true });
  // postgres.js takes the name for TLS from here.
  return Object.assign(socket, { host: name });
}

function openLane(options: LaneOptions): Lane {
  const { statementTimeout = 25_000 } = options;
  return postgres(options.databaseUrl, {
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
      default_transaction_read_only: true,
      statement_timeout: statementTimeout,
      idle_in_transaction_session_timeout: 30_000,
      jit: false,
    },
    ...({ socket: connectNoDelay } as object),
  });
}

/** A free list of lanes. A lane that lost its connection is replaced, not mended. */
export class Lanes {
  readonly #options: LaneOptions;
  readonly #free: Lane[] = [];
  readonly #all = new Set<Lane>();
  readonly #waiting: ((lane: Lane) => void)[] = [];

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  /** A lane of one's own until it is released. */
  acquire(): Lane | Promise<Lane> {
    const lane = this.#free.pop();
    if (lane !== undefined) return lane;
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
    const next = this.#waiting.shift();
    if (next !== undefined) next(this.#open());
  }

  async close(): Promise<void> {
    await Promise.all([...this.#all].map((lane) => lane.end({ timeout: 5 })));
  }

  #open(): Lane {
    const lane = openLane(this.#options);
    this.#all.add(lane);
    return lane;
  }
}
