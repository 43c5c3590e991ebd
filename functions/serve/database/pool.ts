import { setTimeout as wait } from "node:timers/promises";
import { cancelStatement, type SessionKey } from "./cancel.ts";
import { type DatabaseConnection, openConnection } from "./connection.ts";
import { WaitingLine } from "./waiting-line.ts";

interface PoolOptions {
  databaseUrl: string;
  /** Sessions on the server at once: 1 in Lambda, which has one request at a time. */
  maximum: number;
  /** Requests that wait for a connection at once; 100 unless said otherwise. */
  maximumWaiting?: number;
  /** Longest statement, milliseconds; 25 s unless said otherwise. Below the gateway's 30 s, so that the client gets a response. */
  statementTimeout?: number;
  /** Gives the URL to use after the server has refused this one's login; absent: there is no other. */
  renewUrl?: (stale: string) => Promise<string>;
}

const MAXIMUM_WAITING = 100;
const STATEMENT_TIMEOUT = 25_000;
/** How much longer than one statement a request may read. */
const GRACE_MS = 1_000;
/**
 * When a session that was ended and has not closed is told to cancel its statement, milliseconds after the end or the time before.
 * More than once: a request to cancel that arrives between two statements cancels neither.
 */
const CANCEL_AFTER_MS = [100, 900, 1_000, 1_000, 1_000];

/**
 * Connections, each used by one request at a time. One that was lost is replaced, not mended, and not before the server has ended
 * its session: there are never more of them than `maximum`.
 */
export class Pool {
  readonly #options: PoolOptions & { statementTimeout: number };
  #databaseUrl: string;
  #renewing: Promise<void> | null = null;
  readonly #free: DatabaseConnection[] = [];
  /** Every session that the server may have. */
  readonly #all = new Set<DatabaseConnection>();
  /** Those of them that no request gets any more. */
  readonly #ending = new Set<DatabaseConnection>();
  readonly #keys = new WeakMap<DatabaseConnection, SessionKey>();
  readonly #line: WaitingLine;
  /** Resolves when there is no session left after the end. */
  readonly #empty = Promise.withResolvers<void>();
  #isClosed = false;

  constructor(options: PoolOptions) {
    this.#options = { statementTimeout: STATEMENT_TIMEOUT, ...options };
    this.#databaseUrl = options.databaseUrl;
    this.#line = new WaitingLine(options.maximumWaiting ?? MAXIMUM_WAITING);
  }

  /** How long a request may read, from its first statement to its last result. */
  get deadlineMs(): number {
    return this.#options.statementTimeout + GRACE_MS;
  }

  /**
   * A connection of one's own until it is released; a promise when it must be waited for, which `leave` ends.
   * The promise rejects with Overloaded when too many wait or the wait is too long, and when the pool is closed.
   */
  acquire(): DatabaseConnection | Promise<DatabaseConnection> {
    const connection = this.#free.pop();
    if (connection !== undefined) return connection;
    if (this.#isClosed) return Promise.reject(closedError());
    return this.#mayOpen() ? this.#open() : this.#line.join();
  }

  /** Waits no longer for a connection: its promise rejects with the reason, unless it has been resolved. */
  leave(waiting: Promise<DatabaseConnection>, reason: Error): void {
    this.#line.leave(waiting, reason);
  }

  release(connection: DatabaseConnection): void {
    if (!this.#all.has(connection) || this.#ending.has(connection)) return;
    if (!this.#line.serve(connection)) this.#free.push(connection);
  }

  /** Gives a broken connection back: it is closed, with what it still does cancelled, and its place filled on demand. */
  discard(connection: DatabaseConnection): void {
    if (!this.#all.has(connection) || this.#ending.has(connection)) return;
    this.#ending.add(connection);
    const at = this.#free.indexOf(connection);
    if (at >= 0) this.#free.splice(at, 1);
    void connection.end({ timeout: 0 });
    void this.#cancel(connection);
  }

  /** What broke one connection (a restart, a failover) has broken the others too, though they may not have heard yet. */
  discardFree(): void {
    for (const connection of this.#free.splice(0)) this.discard(connection);
  }

  /** Tells how to name the connection's session to the server. */
  remember(connection: DatabaseConnection, key: SessionKey): void {
    this.#keys.set(connection, key);
  }

  /** The server refused the login (its password was rotated): connections are opened with the renewed one from now on. */
  renew(): void {
    this.#renewing ??= (async () => {
      try {
        this.#databaseUrl = (await this.#options.renewUrl?.(this.#databaseUrl)) ?? this.#databaseUrl;
      } catch {
        // The old login is tried again, and its refusal reported.
      } finally {
        this.#renewing = null;
        this.#serveWaiting();
      }
    })();
  }

  /** Ends every session, also those in use and those that are being made; whoever waits for one is refused. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#line.dissolve(closedError());
    for (const connection of Array.from(this.#all)) this.discard(connection);
    if (this.#all.size > 0) await this.#empty.promise;
  }

  #mayOpen(): boolean {
    return this.#renewing === null && this.#all.size < this.#options.maximum;
  }

  #open(): DatabaseConnection {
    const { statementTimeout } = this.#options;
    const connection = openConnection({ databaseUrl: this.#databaseUrl, statementTimeout, onClose: (closed) => this.#gone(closed) });
    this.#all.add(connection);
    return connection;
  }

  #gone(connection: DatabaseConnection): void {
    this.#all.delete(connection);
    this.#ending.delete(connection);
    const at = this.#free.indexOf(connection);
    if (at >= 0) this.#free.splice(at, 1);
    if (this.#isClosed && this.#all.size === 0) this.#empty.resolve();
    this.#serveWaiting();
  }

  #serveWaiting(): void {
    while (this.#line.length > 0 && this.#mayOpen()) this.#line.serve(this.#open());
  }

  /** The server learns of a closed socket only between two statements; until then the session counts. */
  async #cancel(connection: DatabaseConnection): Promise<void> {
    for (const milliseconds of CANCEL_AFTER_MS) {
      await wait(milliseconds, undefined, { ref: false });
      const key = this.#keys.get(connection);
      if (key === undefined || !this.#ending.has(connection)) return;
      await cancelStatement(connection, this.#databaseUrl, key).catch(() => {});
    }
  }
}

function closedError(): Error {
  return Object.assign(new Error("the API is stopping"), { code: "CONNECTION_ENDED" });
}
