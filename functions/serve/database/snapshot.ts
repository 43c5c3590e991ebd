import postgres from "postgres";
import { isLoginRefused } from "../../shared/database/access.ts";
import { verdictOn } from "../../shared/database/error-codes.ts";
import type { SessionKey } from "./cancel.ts";
import { type DatabaseConnection, wantedSession } from "./connection.ts";
import { beginningOn, handshake } from "./handshake.ts";
import type { Pool } from "./pool.ts";
import { Overloaded, type Unavailable, unavailability } from "./unavailable.ts";

/** A statement, to be built on the connection that will run it. */
export type Statement<Row extends object> = (sql: DatabaseConnection) => postgres.PendingQuery<(Row & Iterable<Row>)[]>;

/** What an error says of the connection that it came on. */
function connectionAfter(error: unknown): "whole" | "broken" | "lost" {
  if (verdictOn(error).lost) return "lost";
  // An error from the server that does not end the session; everything else (no connection, a driver's error) does.
  return error instanceof postgres.PostgresError && error.severity !== "FATAL" && error.severity !== "PANIC" ? "whole" : "broken";
}

/** What `once` has read, by connection and statement. */
const REMEMBERED = new WeakMap<DatabaseConnection, Map<unknown, Promise<object[]>>>();

/**
 * Everything one request reads, as of one moment: a REPEATABLE READ READ ONLY transaction on a connection of its own.
 * `begin` is sent with the first statement and `commit` with the response, neither awaited, so the snapshot costs no round
 * trip. Without a statement it takes no connection.
 */
export class Snapshot {
  readonly #pool: Pool;
  readonly #deadlineMs: number;
  #connection: DatabaseConnection | Promise<DatabaseConnection> | null = null;
  /** What the pool promised, until it gives or refuses it. */
  #waiting: Promise<DatabaseConnection> | null = null;
  /** A connection in its handshake. */
  #new: DatabaseConnection | null = null;
  #timer: NodeJS.Timeout | null = null;
  #state: "open" | "expired" | "ended" = "open";
  #begun = false;
  /** Was there a statement? What `once` remembers needs none. */
  #isAsked = false;
  #beginFailure: unknown = null;
  /** The connection is not to be used again. */
  #broken = false;
  /** The connection broke: the (read-only) request may be repeated once. */
  lost = false;
  /** Statements sent. */
  statements = 0;
  /** Statements whose rows came. */
  answered = 0;
  /** Why statements failed through no fault of their own; null: none did. */
  unavailable: Unavailable | null = null;
  /** Runs when the first statement is about to be sent. */
  onBegin: (() => void) | null = null;

  /** @param deadlineMs from the first statement to the last result */
  constructor(pool: Pool, deadlineMs = pool.deadlineMs) {
    this.#pool = pool;
    this.#deadlineMs = deadlineMs;
  }

  /** Sends a statement now. */
  async query<Row extends object>(statement: Statement<Row>): Promise<Row[]> {
    this.#refuseLate();
    this.#connection ??= this.#begin();
    const isFirst = !this.#isAsked;
    this.#isAsked = true;
    const connection = this.#connection instanceof Promise ? await this.#connection : this.#connection;
    this.#refuseLate();
    if (isFirst) this.onBegin?.();
    this.statements++;
    try {
      // Its handshake failed.
      if (beginningOn(connection) === null) throw this.#beginFailure;
      const pending = statement(connection);
      // Sent now, before what follows in the same tick.
      void pending.execute();
      const rows = await pending;
      this.answered++;
      return rows;
    } catch (error) {
      throw this.#failed(error);
    }
  }

  /** Learns from the failure of a statement; returns its cause. */
  #failed(thrown: unknown): unknown {
    // A connection that does not come about fails `begin` with the cause, and what was sent behind it with a consequence.
    const error = this.#state === "expired" ? this.#late() : (this.#beginFailure ?? thrown);
    this.unavailable ??= unavailability(error);
    const connection = connectionAfter(error);
    if (connection !== "whole") this.#broken = true;
    const isRefused = isLoginRefused(error);
    if (isRefused) this.#pool.renew();
    if ((connection === "lost" || isRefused) && this.#state === "open") this.lost = true;
    return error;
  }

  /**
   * The rows of a statement whose result stays the same for as long as its connection lives: sent once a connection.
   * @param statement the same function each time
   */
  async once<Row extends object>(statement: Statement<Row>): Promise<Row[]> {
    this.#refuseLate();
    this.#connection ??= this.#begin();
    const connection = await this.#connection;
    let known = REMEMBERED.get(connection);
    if (known === undefined) REMEMBERED.set(connection, (known = new Map()));
    const found = known.get(statement) as Promise<Row[]> | undefined;
    if (found !== undefined) return found;
    const rows = this.query(statement);
    known.set(statement, rows);
    rows.catch(() => known.delete(statement));
    return rows;
  }

  /**
   * An error can complete the response while other fields are still resolved: their statements would take a connection that
   * nobody gives back.
   */
  #refuseLate(): void {
    if (this.#state !== "open") throw this.#late();
  }

  /** Why nothing is read any more. */
  #late(): Error {
    if (this.#state === "ended") return new Error("the request is over");
    if (this.#waiting !== null) return new Overloaded("no connection was free in time");
    // A server that has not even begun the transaction is no slow statement's fault.
    return Object.assign(new Error("the request read for too long"), this.#begun ? {} : { code: "ETIMEDOUT" });
  }

  #begin(): DatabaseConnection | Promise<DatabaseConnection> {
    this.#timer = setTimeout(() => this.#expire(), this.#deadlineMs);
    const connection = this.#pool.acquire();
    if (connection instanceof Promise) return this.#beginLater(connection);
    const begin = beginningOn(connection);
    if (begin === null) return this.#beginOnNew(connection);
    this.#sendBegin(connection, begin);
    return connection;
  }

  async #beginLater(waiting: Promise<DatabaseConnection>): Promise<DatabaseConnection> {
    this.#waiting = waiting;
    let connection: DatabaseConnection;
    try {
      connection = await waiting;
    } catch (error) {
      this.unavailable ??= unavailability(error);
      throw error;
    } finally {
      this.#waiting = null;
    }
    if (this.#state !== "open") {
      // It came at the moment in which the request left.
      this.#pool.release(connection);
      throw this.#late();
    }
    const begin = beginningOn(connection);
    if (begin === null) return this.#beginOnNew(connection);
    this.#sendBegin(connection, begin);
    this.#connection = connection;
    return connection;
  }

  async #beginOnNew(connection: DatabaseConnection): Promise<DatabaseConnection> {
    this.#new = connection;
    try {
      this.#sendBegin(connection, await handshake(connection, wantedSession(connection)));
    } catch (error) {
      this.#pool.discard(connection);
      throw this.#failed(error);
    } finally {
      this.#new = null;
    }
    this.#connection = connection;
    return connection;
  }

  #sendBegin(connection: DatabaseConnection, begin: string): void {
    connection.unsafe(begin).then(
      (results) => this.#onBegun(connection, keyFrom(results)),
      (error: unknown) => {
        this.#beginFailure = error;
      },
    );
  }

  #onBegun(connection: DatabaseConnection, key: SessionKey): void {
    this.#begun = true;
    this.#pool.remember(connection, key);
  }

  /** Statements that still run are given up with their connection. */
  #expire(): void {
    if (this.#state !== "open") return;
    this.#state = "expired";
    this.#broken = true;
    this.#leave();
  }

  /** Ends the transaction without waiting for it; the connection is free at once, since the protocol keeps the order. */
  end(): void {
    if (this.#state !== "open") return;
    this.#state = "ended";
    this.#leave();
  }

  #leave(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#waiting !== null) this.#pool.leave(this.#waiting, this.#late());
    if (this.#new !== null) this.#pool.discard(this.#new);
    const connection = this.#connection;
    if (connection === null || connection instanceof Promise) return;
    if (this.#broken) {
      this.#pool.discard(connection);
      return;
    }
    send(connection, "commit");
    this.#pool.release(connection);
  }
}

/** What names the session, from the result of a text of one statement or of several. */
function keyFrom(results: postgres.RowList<postgres.Row[]>): SessionKey {
  return results.state ?? (results.at(-1) as unknown as typeof results).state;
}

/** A failure of these shows in the statements between them. */
function send(connection: DatabaseConnection, text: string): void {
  connection.unsafe(text).catch(() => {});
}

/**
 * Runs a read in a snapshot of its own. A read whose connection broke (a connection frozen with its Lambda, a database restart) is
 * repeated once.
 */
export async function inSnapshot<Result>(pool: Pool, read: (snapshot: Snapshot) => Promise<Result>): Promise<Result> {
  const started = performance.now();
  const first = new Snapshot(pool);
  try {
    const result = await read(first);
    if (!first.lost) return result;
  } catch (error) {
    if (!first.lost) throw error;
  } finally {
    first.end();
  }
  pool.discardFree();
  // Both have the time of one.
  const second = new Snapshot(pool, pool.deadlineMs - (performance.now() - started));
  try {
    return await read(second);
  } finally {
    second.end();
  }
}
