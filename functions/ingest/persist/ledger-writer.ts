import type { PendingQuery, Row } from "postgres";
import { adviceOn, codeOf } from "../../shared/database/error-codes.ts";
import type { Database } from "../../shared/database/session.ts";
import { WalletError } from "../../shared/errors.ts";
import type { AccountRow, LedgerRows } from "../indexer/rows.ts";
import { wrongHash } from "../ledger/ledger.ts";
import { makePartitionsAhead } from "../maintenance/partitions.ts";
import { currentState } from "./current-state.ts";
import { beginLedger, refusal } from "./begin-ledger.ts";
import { WrittenSigners } from "./account-signers.ts";
import { AccountKeys } from "./account-keys.ts";
import { HistoryEncoder, type HistoryFormat } from "./history.ts";
import { multiCopy, type CopyIn } from "./multi-copy.ts";
import { tokenStubs } from "./tokens.ts";
import { withinLimit, withServerLimits, type WriteLimit } from "./write-limit.ts";

/** Trustline assets and tokens remembered as written; forgotten together when there are more. */
const MAX_REMEMBERED = 100_000;

/** A ledger's transaction, ready to be sent. */
export interface PreparedLedger {
  sequence: number;
  /** Close time, seconds since 1970 UTC. */
  closedAt: bigint;
  /** Not sent yet: the guarded cursor, then the current state. */
  statements: PendingQuery<Row[]>[];
  /** The history; valid until the second next ledger is prepared. */
  copies: CopyIn[];
  /** Ids of the assets and tokens that were not known to be written. */
  news: readonly string[];
  /** Accounts whose signers it writes. */
  signers: readonly AccountRow[];
}

/**
 * Writes ledgers, each with the cursor in one transaction, on the session that holds the lock. Use one writer a session and
 * write one ledger at a time; the next one may be prepared meanwhile.
 */
export class LedgerWriter {
  readonly #sql: Database;
  readonly #fence: string;
  readonly #usualMs: number;
  /** Two, in turns: one ledger's buffers may still be on their way while the next is being encoded. */
  readonly #encoders: readonly [HistoryEncoder, HistoryEncoder];
  /** Ids of assets and tokens. */
  readonly #known = new Set<string>();
  readonly #writtenSigners = new WrittenSigners();
  readonly #partitionedDays: Set<number>;
  #prepared = 0;

  /**
   * @param sql the lock's session, `max: 1`
   * @param fence the fence of this invocation: no other session can commit under it
   * @param usualMs what a ledger's write may take as a rule, and what the session's own limits allow
   * @param history how the history is encoded for this database
   * @param partitionedDays days (counted from 1970) whose partitions were made before the first ledger
   */
  constructor(sql: Database, fence: string, usualMs: number, history: HistoryFormat, partitionedDays: Set<number> = new Set()) {
    const keys = new AccountKeys(history.accountKeySecret);
    this.#encoders = [new HistoryEncoder(history, keys), new HistoryEncoder(history, keys)];
    this.#sql = sql;
    this.#fence = fence;
    this.#usualMs = usualMs;
    this.#partitionedDays = partitionedDays;
  }

  /**
   * Encodes a ledger. The rows are no longer needed afterwards.
   * @throws WalletError LEDGER_CORRUPT: its hash is not that of its header
   */
  prepare(rows: LedgerRows): PreparedLedger {
    requireTrueHash(rows);
    const isNew = ({ id }: { id: string }): boolean => !this.#known.has(id);
    const newAssets = [...rows.trustlineAssets.filter(isNew), ...rows.promisedAssets.filter(isNew)];
    const newStubs = tokenStubs(rows).filter(isNew);
    const signers = this.#writtenSigners.unwritten(rows.accounts);
    const encoder = this.#encoders[this.#prepared++ % 2]!;
    return {
      sequence: rows.header.sequence,
      closedAt: rows.header.closedAt,
      statements: [beginLedger(this.#sql, rows, this.#fence), ...currentState(this.#sql, rows, newAssets, newStubs, signers)],
      copies: encoder.encode(rows),
      signers,
      news: [...newAssets, ...newStubs].map(({ id }) => id),
    };
  }

  /**
   * Writes one ledger, sent as a whole: guarded cursor first, then current state, then history, then commit. Resolves after
   * the commit.
   * @param limit by default the usual time, for a first attempt
   * @throws WalletError FENCED (another invocation took over), LEDGER_GAP or CHAIN_BROKEN (not the successor of what the
   * database has), PERSIST_TIMEOUT, PERSIST_FAILED. After a lost connection the ledger may have been committed all the same:
   * only the cursor tells.
   */
  async write(ledger: PreparedLedger, limit: WriteLimit = { milliseconds: this.#usualMs, isLongest: false, attempt: 1 }): Promise<void> {
    const { milliseconds } = limit;
    const write = async (): Promise<void> => {
      await this.#preparePartitions(ledger);
      await this.#transaction(ledger);
    };
    const written = milliseconds > this.#usualMs ? withServerLimits(this.#sql, milliseconds, write) : write();
    const expired = (hadMs: number): WalletError => {
      // Whatever is still to be sent is not. A backend that is in the middle of a statement does not notice; see `endExpiredHolder`.
      void this.#sql.end({ timeout: 0 }).catch(() => {});
      return timedOut(ledger.sequence, hadMs, limit);
    };
    await withinLimit(limit, this.#usualMs, expired, written);
  }

  async #transaction({ sequence, statements, copies, news, signers }: PreparedLedger): Promise<void> {
    const sql = this.#sql;
    try {
      const pending = [sql.unsafe("begin"), ...statements].map((query) => query.execute());
      const committed = multiCopy(sql, copies, "commit");
      // All settle before anything else is sent; the first refusal is the cause, the others only follow from it.
      const settled = await Promise.allSettled([...pending, committed]);
      const refused = settled.find((result) => result.status === "rejected");
      if (refused) throw refused.reason;
      if ((await committed) !== "COMMIT")
        throw new WalletError("PERSIST_FAILED", `Ledger ${sequence} was rolled back at its commit. The next invocation tries again.`, {
          ledger: sequence,
        });
    } catch (error) {
      this.#known.clear();
      this.#writtenSigners.clear();
      await sql.unsafe("rollback").catch(() => {});
      throw persistError(error, sequence);
    }
    this.#remember(news);
    this.#writtenSigners.remember(signers);
  }

  /** Makes the partitions of the ledger's day and the next two, once a day, before the ledger's transaction. */
  async #preparePartitions({ sequence, closedAt }: PreparedLedger): Promise<void> {
    try {
      await makePartitionsAhead(this.#sql, Number(closedAt), this.#partitionedDays);
    } catch (error) {
      throw persistError(error, sequence);
    }
  }

  #remember(ids: readonly string[]): void {
    if (this.#known.size + ids.length > MAX_REMEMBERED) this.#known.clear();
    for (const id of ids) this.#known.add(id);
  }
}

/**
 * Whoever opened the ledger may have left the hash unchecked. The next ledger names this one's hash, so a wrong one would stop
 * ingestion at the successor, with the damaged ledger already kept.
 */
function requireTrueHash({ header: { sequence, hashIsTrue } }: LedgerRows): void {
  if (!hashIsTrue) throw wrongHash(sequence);
}

/** @param hadMs what the write was given */
function timedOut(ledger: number, hadMs: number, { attempt, isLongest }: WriteLimit): WalletError {
  const then = isLongest
    ? "That is all of an invocation's time: the database needs more power, or waits for something (pg_stat_activity shows for what). Each invocation tries again."
    : "The database is overloaded, unreachable or waits for a lock. The next invocation tries again, for up to twice as long.";
  return new WalletError("PERSIST_TIMEOUT", `Writing ledger ${ledger} took longer than ${hadMs} ms (attempt ${attempt}). ${then}`, {
    ledger,
    attempt,
    limitMs: hadMs,
  });
}

function persistError(error: unknown, ledger: number): WalletError {
  if (error instanceof WalletError) return error;
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  const advice = adviceOn(code);
  return (
    refusal(error, ledger) ??
    new WalletError(
      "PERSIST_FAILED",
      `Ledger ${ledger} could not be written: ${message}.${advice === null ? "" : ` ${advice}`} Nothing of it was kept unless its commit was under way; the next invocation reads the cursor and goes on.`,
      { ledger, sqlstate: code || null },
      { cause: error },
    )
  );
}
