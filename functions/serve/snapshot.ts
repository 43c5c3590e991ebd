import type postgres from "postgres";
import type { Lane, Lanes } from "./lanes.ts";

/** A statement, to be built on the lane that will run it. */
export type Statement<Row extends object> = (sql: Lane) => postgres.PendingQuery<(Row & Iterable<Row>)[]>;

/** Codes of postgres.js and PostgreSQL that mean: the connection is gone, another may do. */
const LOST = new Set([
  "CONNECTION_CLOSED",
  "CONNECTION_ENDED",
  "CONNECTION_DESTROYED",
  "ECONNRESET",
  "EPIPE",
  "57P01",
  "57P02",
  "25P03",
  "08006",
]);

function isLost(error: unknown): boolean {
  return error instanceof Error && "code" in error && typeof error.code === "string" && LOST.has(error.code);
}

/**
 * Everything one request reads, as of one moment: a REPEATABLE READ READ ONLY transaction on a lane of its own.
 * `begin` travels unawaited with the first statement and `commit` unawaited with the answer, so the snapshot costs no round
 * trip. Without a statement it takes no lane.
 */
export class Snapshot {
  readonly #lanes: Lanes;
  #lane: Lane | Promise<Lane> | null = null;
  /** The connection broke: the (read-only) request may be repeated once. */
  lost = false;
  /** Statements sent. */
  statements = 0;
  /** Runs beside the first statement, in its flight. */
  onBegin: (() => void) | null = null;

  constructor(lanes: Lanes) {
    this.#lanes = lanes;
  }

  /** Has anything been read? */
  get used(): boolean {
    return this.#lane !== null;
  }

  /** Sends a statement now. */
  async query<Row extends object>(statement: Statement<Row>): Promise<Row[]> {
    const begun = this.#lane !== null;
    this.#lane ??= this.#begin();
    const lane = this.#lane instanceof Promise ? await this.#lane : this.#lane;
    this.statements++;
    try {
      const pending = statement(lane);
      // Sent now, before what follows in the same tick.
      void pending.execute();
      if (!begun) this.onBegin?.();
      return await pending;
    } catch (error) {
      if (isLost(error)) this.lost = true;
      throw error;
    }
  }

  #begin(): Lane | Promise<Lane> {
    const lane = this.#lanes.acquire();
    if (!(lane instanceof Promise)) {
      send(lane, "begin isolation level repeatable read read only");
      return lane;
    }
    return lane.then((free) => {
      send(free, "begin isolation level repeatable read read only");
      this.#lane = free;
      return free;
    });
  }

  /** Ends the transaction without waiting for it; the lane is free at once, since the protocol keeps the order. */
  end(): void {
    const lane = this.#lane;
    if (lane === null) return;
    if (lane instanceof Promise) {
      void lane.then((free) => this.#finish(free));
      return;
    }
    this.#finish(lane);
  }

  #finish(lane: Lane): void {
    if (this.lost) {
      this.#lanes.discard(lane);
      return;
    }
    send(lane, "commit");
    this.#lanes.release(lane);
  }
}

/** A failure of these shows in the statements between them. */
function send(lane: Lane, text: string): void {
  lane.unsafe(text).catch(() => {});
}
