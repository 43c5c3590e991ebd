import { type DatabaseConnection, openConnection } from "./connection.ts";

export interface PoolOptions {
  databaseUrl: string;
  /** Pool at once: 1 in Lambda, which has one request at a time. */
  maximum: number;
  /** Longest statement, milliseconds; 25 s unless said otherwise. Below the gateway's 30 s, so that the client gets an answer. */
  statementTimeout?: number;
  /** Gives the URL to use after the server has refused this one's login; absent: there is no other. */
  renewUrl?: (stale: string) => Promise<string>;
}

const STATEMENT_TIMEOUT = 25_000;
/** A request may read longer than a statement by so much, milliseconds. */
const GRACE = 1_000;

/** A free list of pool. A connection that lost its connection is replaced, not mended. */
export class Pool {
  readonly #options: PoolOptions & { statementTimeout: number };
  #databaseUrl: string;
  #renewing: Promise<void> | null = null;
  readonly #free: DatabaseConnection[] = [];
  readonly #all = new Set<DatabaseConnection>();
  readonly #waiting: ((connection: DatabaseConnection) => void)[] = [];

  constructor(options: PoolOptions) {
    this.#options = { statementTimeout: STATEMENT_TIMEOUT, ...options };
    this.#databaseUrl = options.databaseUrl;
  }

  /** A request may read for so long, milliseconds, from its first statement to its last answer. */
  get deadline(): number {
    return this.#options.statementTimeout + GRACE;
  }

  /** A connection of one's own until it is released. */
  acquire(): DatabaseConnection | Promise<DatabaseConnection> {
    const connection = this.#free.pop();
    if (connection !== undefined) return connection;
    if (this.#renewing !== null) return this.#renewing.then(() => this.acquire());
    if (this.#all.size < this.#options.maximum) return this.#open();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  release(connection: DatabaseConnection): void {
    // Its connection has closed meanwhile.
    if (!this.#all.has(connection)) return this.discard(connection);
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(connection);
    else next(connection);
  }

  /** Gives a broken connection back: it is closed and its place filled on demand. */
  discard(connection: DatabaseConnection): void {
    this.#drop(connection);
    if (this.#waiting.length > 0) void this.#serveNext();
  }

  /** What broke one connection (a restart, a failover) has broken the others too, though they may not have heard yet. */
  discardFree(): void {
    for (const connection of this.#free.splice(0)) this.#drop(connection);
  }

  /** The server refused the login (its password was rotated): pool from now on open with the renewed one. */
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
    await Promise.all([...this.#all].map((connection) => connection.end({ timeout: 5 })));
  }

  async #serveNext(): Promise<void> {
    const connection = await this.acquire();
    this.release(connection);
  }

  /** No request gets it from now on. */
  #drop(connection: DatabaseConnection): void {
    this.#all.delete(connection);
    const at = this.#free.indexOf(connection);
    if (at >= 0) this.#free.splice(at, 1);
    connection.end({ timeout: 0 }).catch(() => {});
  }

  #open(): DatabaseConnection {
    const { statementTimeout } = this.#options;
    const connection = openConnection({ databaseUrl: this.#databaseUrl, statementTimeout, onClose: (closed) => this.#drop(closed) });
    this.#all.add(connection);
    return connection;
  }
}
