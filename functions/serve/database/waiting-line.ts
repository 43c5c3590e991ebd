import type { DatabaseConnection } from "./connection.ts";
import { Overloaded } from "./unavailable.ts";

interface Waiting {
  resolve(connection: DatabaseConnection): void;
  reject(reason: Error): void;
  timer: NodeJS.Timeout;
}

/** Longest wait for a connection, milliseconds: what waits longer would not be read in time either. */
const LONGEST_WAIT_MS = 10_000;

/** Requests that wait for a connection, in the order in which they came; so many and no more, and none for too long. */
export class WaitingLine {
  readonly #maximum: number;
  readonly #longestMs: number;
  readonly #waiting = new Map<Promise<DatabaseConnection>, Waiting>();

  constructor(maximum: number, longestMs = LONGEST_WAIT_MS) {
    this.#maximum = maximum;
    this.#longestMs = longestMs;
  }

  get length(): number {
    return this.#waiting.size;
  }

  /** A connection when it is this one's turn; rejects with Overloaded when the line is full, or the wait too long. */
  join(): Promise<DatabaseConnection> {
    const { promise, resolve, reject } = Promise.withResolvers<DatabaseConnection>();
    if (this.#waiting.size >= this.#maximum) {
      reject(new Overloaded(`${this.#maximum} requests already wait for a connection`));
      return promise;
    }
    const timer = setTimeout(
      () => this.leave(promise, new Overloaded(`no connection was free within ${this.#longestMs} ms`)),
      this.#longestMs,
    );
    this.#waiting.set(promise, { resolve, reject, timer });
    return promise;
  }

  /** Whose turn it is gets the connection; false: nobody waits. */
  serve(connection: DatabaseConnection): boolean {
    const next = this.#waiting.entries().next();
    if (next.done === true) return false;
    const [promise, { resolve }] = next.value;
    this.#remove(promise);
    resolve(connection);
    return true;
  }

  /** One who waits no longer; nothing happens to one who does not. */
  leave(promise: Promise<DatabaseConnection>, reason: Error): void {
    this.#remove(promise)?.reject(reason);
  }

  /** Nobody waits any longer. */
  dissolve(reason: Error): void {
    for (const promise of Array.from(this.#waiting.keys())) this.leave(promise, reason);
  }

  #remove(promise: Promise<DatabaseConnection>): Waiting | undefined {
    const waiting = this.#waiting.get(promise);
    if (waiting !== undefined) clearTimeout(waiting.timer);
    this.#waiting.delete(promise);
    return waiting;
  }
}
