import { createHash } from "node:crypto";
import type { Database } from "../../shared/database/session.ts";
import { WalletError } from "../../shared/errors.ts";
import { backOff, jitter } from "../../shared/retry.ts";
import { ContractIds } from "../ledger/contract-ids.ts";
import { storableText } from "../persist/binary-copy.ts";
import type { RpcClient } from "../source/rpc-client.ts";
import { requireRpcNetwork } from "../source/rpc-network.ts";
import { ContractCallError } from "./contract-call.ts";

/** A piece of work: a few requests, whose answers it stores. */
export type Unit = () => Promise<void>;

/** A kind of work. */
export interface Work {
  /** Units that are due, at most `BATCH`. Those of the calls before have ended. */
  due(): Promise<Unit[]>;
}

/** Units of one kind of work before the next kind has its turn. */
export const BATCH = 16;
/** Units at once, a few requests each. */
const AT_ONCE = 2;
/** So many requests in a row without any answer mean that it is the server, not what it was asked for. */
const MAX_SILENCES = 5;
/** A unit is begun only with so much time left, milliseconds. */
export const UNIT_MS = 6_000;

/** Seconds until something is asked for again; what the server did not answer waits less, since that is no fault of its own. */
export const PAUSES = { first: 60, longest: 24 * 3600, factor: 4 };
const LONGEST_SILENCE = 15 * 60;

/** A request without a usable answer. */
export class Failure {
  readonly error: Error;
  /** The server did answer, or the contract, but not as it should. */
  readonly answered: boolean;

  constructor(error: Error, answered: boolean) {
    this.error = error;
    this.answered = answered;
  }

  /** Why, as a column holds it. */
  get reason(): string {
    return storableText(this.error.message.slice(0, 500));
  }

  /**
   * Seconds until the next attempt.
   * @param failures in a row, this one included
   */
  pause(failures: number): number {
    return jitter(backOff(failures, this.answered ? PAUSES : { ...PAUSES, longest: LONGEST_SILENCE }));
  }
}

/** One pass over what Stellar RPC is asked for: its session and server, and how long it may go on. */
export class RpcPass {
  readonly sql: Database;
  readonly client: RpcClient;
  readonly ids: ContractIds;
  readonly signal: AbortSignal;
  /** Why the pass ended before its time; null: it did not. */
  problem: WalletError | null = null;
  readonly #passphrase: string;
  readonly #deadline: number;
  #silences = 0;
  #isOver = false;
  /** Whether the server is of our network: asked once, and only where there is something else to ask it for. */
  #isOurs: Promise<void> | null = null;

  /** @param deadline when it must be over, milliseconds since 1970; then the signal aborts */
  constructor(sql: Database, client: RpcClient, networkPassphrase: string, deadline: number, signal: AbortSignal) {
    this.sql = sql;
    this.client = client;
    this.ids = new ContractIds(createHash("sha256").update(networkPassphrase).digest());
    this.#passphrase = networkPassphrase;
    this.#deadline = deadline;
    this.signal = signal;
  }

  #hasTime(): boolean {
    return !this.#isOver && this.problem === null && !this.signal.aborted && Date.now() + UNIT_MS <= this.#deadline;
  }

  /**
   * What some calls give.
   * @throws WalletError NETWORK_MISMATCH, or SOURCE_UNAVAILABLE where the server does not even name its network; what the database throws;
   * anything once the signal has aborted
   */
  async request<T>(calls: () => Promise<T>): Promise<T | Failure> {
    await (this.#isOurs ??= requireRpcNetwork(this.client, this.#passphrase, this.signal));
    try {
      const value = await calls();
      this.#silences = 0;
      return value;
    } catch (error) {
      if (this.signal.aborted) throw error;
      const answered = error instanceof ContractCallError;
      if (!answered && !(error instanceof WalletError)) throw error;
      this.#silences = answered ? 0 : this.#silences + 1;
      if (!answered && this.#silences >= MAX_SILENCES) this.problem = error;
      return new Failure(error, answered);
    }
  }

  /**
   * Does what is due, all kinds of work in turns, until nothing is or the time is up.
   * @param first work that the others wait for in each round
   * @throws WalletError NETWORK_MISMATCH, SOURCE_UNAVAILABLE; what the database throws
   */
  async run(first: Work, others: readonly Work[]): Promise<void> {
    while (this.#hasTime()) {
      const begun = await first.due();
      await this.#all(begun);
      if (!this.#hasTime()) return;
      const due: Unit[][] = [];
      for (const work of others) due.push(await work.due());
      const units = inTurns(due);
      if (units.length === 0 && begun.length === 0) return;
      await this.#all(units);
    }
  }

  async #all(units: readonly Unit[]): Promise<void> {
    const waiting = units.values();
    const one = async (): Promise<void> => {
      while (this.#hasTime()) {
        const { value: unit, done } = waiting.next();
        if (done) return;
        try {
          await unit();
        } catch (error) {
          this.#isOver = true;
          if (!this.signal.aborted) throw error;
        }
      }
    };
    await allOf(Array.from({ length: AT_ONCE }, one));
  }
}

/**
 * What all give, once all have ended: none writes when its time is over.
 * @throws what the first of them rejected with
 */
export async function allOf<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}

/** The first of each list, then the second of each. */
function inTurns<T>(lists: readonly (readonly T[])[]): T[] {
  const longest = Math.max(0, ...lists.map((list) => list.length));
  return Array.from({ length: longest }, (_, i) => lists.flatMap((list) => list.slice(i, i + 1))).flat();
}
