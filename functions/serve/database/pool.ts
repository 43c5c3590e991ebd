import { type Lane, openLane } from "./connection.ts";

export interface LanesOptions {
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

/** A free list of lanes. A lane that lost its connection is replaced, not mended. */
export class Lanes {
  readonly #options: LanesOptions & { statementTimeout: number };
  #databaseUrl: string;
  #renewing: Promise<void> | null = null;
  readonly #free: Lane[] = [];
  readonly #all = new Set<Lane>();
  readonly #waiting: ((lane: Lane) => void)[] = [];

  constructor(options: LanesOptions) {
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
    // Its connection has closed meanwhile.
    if (!this.#all.has(lane)) return this.discard(lane);
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(lane);
    else next(lane);
  }

  /** Gives a broken lane back: it is closed and its place filled on demand. */
  discard(lane: Lane): void {
    this.#drop(lane);
    if (this.#waiting.length > 0) void this.#serveNext();
  }

  /** What broke one connection (a restart, a failover) has broken the others too, though they may not have heard yet. */
  discardFree(): void {
    for (const lane of this.#free.splice(0)) this.#drop(lane);
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

  /** No request gets it from now on. */
  #drop(lane: Lane): void {
    this.#all.delete(lane);
    const at = this.#free.indexOf(lane);
    if (at >= 0) this.#free.splice(at, 1);
    lane.end({ timeout: 0 }).catch(() => {});
  }

  #open(): Lane {
    const { statementTimeout } = this.#options;
    const lane = openLane({ databaseUrl: this.#databaseUrl, statementTimeout, onClose: (closed) => this.#drop(closed) });
    this.#all.add(lane);
    return lane;
  }
}
