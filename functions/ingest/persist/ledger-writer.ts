import type { Database } from "../../shared/database.ts";
import { WalletError } from "../../shared/errors.ts";
import type { LedgerRows, TrustlineAssetRow } from "../indexer/rows.ts";
import { sendCurrentState, type Pending } from "./balances.ts";
import { HistoryEncoder } from "./history.ts";
import { multiCopy } from "./multi-copy.ts";

const SECONDS_A_DAY = 86_400;
/** Trustline assets remembered as written; forgotten together when there are more. */
const MAX_REMEMBERED_ASSETS = 100_000;

interface CursorState {
  ledger: number | null;
  ledger_hash: Uint8Array | null;
  fence: string;
}

/**
 * Writes ledgers, each with the cursor in one transaction, on the session that holds the lock. Use one writer a session and
 * one ledger at a time.
 */
export class LedgerWriter {
  readonly #sql: Database;
  readonly #fence: string;
  readonly #timeout: number;
  readonly #encoder = new HistoryEncoder();
  readonly #knownAssets = new Set<string>();
  readonly #partitionedDays = new Set<number>();

  /**
   * @param sql the lock's session, `max: 1`
   * @param fence the fence of this invocation: no other session can commit under it
   * @param timeoutMs client-side bound for one ledger
   */
  constructor(sql: Database, fence: string, timeoutMs: number) {
    this.#sql = sql;
    this.#fence = fence;
    this.#timeout = timeoutMs;
  }

  /**
   * Writes one ledger: guarded cursor first, then current state, then history, then commit. Resolves after the commit.
   * @throws WalletError FENCED (another invocation took over), LEDGER_GAP or CHAIN_BROKEN (not the successor of what the
   * database has), PERSIST_TIMEOUT, PERSIST_FAILED. After a lost connection the ledger may have been committed all the same:
   * only the cursor tells.
   */
  async write(rows: LedgerRows): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(this.#timedOut(rows.header.sequence)), this.#timeout);
    });
    try {
      await Promise.race([this.#preparePartitions(rows).then(() => this.#transaction(rows)), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  #timedOut(ledger: number): WalletError {
    // Ends the session, so that the server rolls back and frees the lock.
    void this.#sql.end({ timeout: 0 }).catch(() => {});
    return new WalletError(
      "PERSIST_TIMEOUT",
      `Writing ledger ${ledger} took longer than ${this.#timeout} ms. The database is overloaded or unreachable; the next invocation tries again.`,
      { ledger },
    );
  }

  async #transaction(rows: LedgerRows): Promise<void> {
    const sql = this.#sql;
    const { sequence } = rows.header;
    const newAssets = rows.trustlineAssets.filter((asset) => !this.#knownAssets.has(asset.id));
    try {
      const begin = sql.unsafe("begin").execute();
      const cursor = this.#moveCursor(rows).execute();
      const rest: Pending = [
        this.#insertLedger(rows).execute(),
        this.#moveOldest(sequence).execute(),
        ...sendCurrentState(sql, rows, newAssets),
      ];
      // All settle before anything else is sent; the first refusal is the cause, the others only follow from it.
      const settled = await Promise.allSettled([begin, cursor, ...rest]);
      const refused = settled.find((result) => result.status === "rejected");
      if (refused) throw refused.reason;
      if ((await cursor).count !== 1) throw await this.#refusal(rows);
      await multiCopy(sql, this.#encoder.encode(rows));
      const commit = await sql.unsafe("commit");
      if (commit.command !== "COMMIT")
        throw new WalletError("PERSIST_FAILED", `Ledger ${sequence} was rolled back at its commit. The next invocation tries again.`, {
          ledger: sequence,
        });
    } catch (error) {
      this.#knownAssets.clear();
      await sql.unsafe("rollback").catch(() => {});
      throw persistError(error, sequence);
    }
    this.#remember(newAssets);
  }

  #moveCursor({ header }: LedgerRows) {
    return this.#sql`
      update cursors set ledger = ${header.sequence}, ledger_hash = ${header.hash}, closed_at = to_timestamp(${String(header.closedAt)}::bigint),
        protocol_version = ${header.protocolVersion}, base_reserve = ${header.baseReserve}, updated_at = now()
      where name = 'latest' and fence = ${this.#fence}::bigint and backend_pid = pg_backend_pid()
        and (ledger is null or (ledger = ${header.sequence - 1} and ledger_hash = ${header.previousHash}))`;
  }

  #insertLedger({ header, transactions, operations, stateChanges }: LedgerRows) {
    return this.#sql`
      insert into ledgers (sequence, hash, previous_hash, closed_at, protocol_version, base_reserve, transaction_count, operation_count, state_change_count)
      values (${header.sequence}, ${header.hash}, ${header.previousHash}, to_timestamp(${String(header.closedAt)}::bigint), ${header.protocolVersion},
        ${header.baseReserve}, ${transactions.length}, ${operations.length}, ${stateChanges.length})`;
  }

  #moveOldest(sequence: number) {
    return this.#sql`update cursors set ledger = ${sequence}, updated_at = now() where name = 'oldest' and ledger is null`;
  }

  /** Why the guarded cursor did not move; read in the same, still open transaction. */
  async #refusal({ header }: LedgerRows): Promise<WalletError> {
    const { sequence } = header;
    const [state] = await this.#sql<
      CursorState[]
    >`select ledger, ledger_hash, fence from cursors where name = 'latest' and backend_pid = pg_backend_pid()`;
    if (!state || state.fence !== this.#fence) {
      return new WalletError(
        "FENCED",
        `Another invocation took over before ledger ${sequence} was written. Nothing is lost: it goes on from there.`,
        { ledger: sequence },
      );
    }
    if (state.ledger !== sequence - 1) {
      return new WalletError(
        "LEDGER_GAP",
        `Ledger ${sequence} does not follow ledger ${state.ledger}, the newest in the database. Check the ledger source.`,
        { ledger: sequence, latest: state.ledger },
      );
    }
    return new WalletError(
      "CHAIN_BROKEN",
      `Ledger ${sequence} does not name the hash of ledger ${state.ledger} in the database as its previous hash. The source is of another network or fork; check it, or use a new database.`,
      { ledger: sequence },
    );
  }

  /** Makes the partitions of the ledger's day and the next two, once a day, before the ledger's transaction. */
  async #preparePartitions({ header }: LedgerRows): Promise<void> {
    const today = Math.floor(Number(header.closedAt) / SECONDS_A_DAY);
    const missing = [today, today + 1, today + 2].filter((day) => !this.#partitionedDays.has(day));
    for (const day of missing) {
      const date = new Date(day * SECONDS_A_DAY * 1000).toISOString().slice(0, 10);
      try {
        await this.#sql`select create_day_partitions(${date}::date)`;
      } catch (error) {
        throw persistError(error, header.sequence);
      }
      this.#partitionedDays.add(day);
    }
  }

  #remember(assets: readonly TrustlineAssetRow[]): void {
    if (this.#knownAssets.size + assets.length > MAX_REMEMBERED_ASSETS) this.#knownAssets.clear();
    for (const { id } of assets) this.#knownAssets.add(id);
  }
}

function persistError(error: unknown, ledger: number): WalletError {
  if (error instanceof WalletError) return error;
  const { code, message } = error as { code?: string; message?: string };
  return new WalletError(
    "PERSIST_FAILED",
    `Ledger ${ledger} could not be written: ${message ?? String(error)}. Nothing of it was kept unless its commit was under way; the next invocation reads the cursor and goes on.`,
    { ledger, sqlstate: code ?? null },
    { cause: error },
  );
}
