import { wholeToid } from "../../shared/columns/toid.ts";
import type { Database } from "../../shared/database/session.ts";
import { codeOf, LOCK_NOT_AVAILABLE } from "../../shared/database/error-codes.ts";
import { transact } from "../../shared/database/transaction.ts";
import { dateOf, dayOf } from "./partitions.ts";

/** Rows of `transaction_hashes` removed at once: some 100 ms. One batch a minute removes 72 million a day, the network makes 4. */
const HASH_BATCH = 50_000;

/** What retention did. */
export interface Retention {
  /** Day partitions or chunks dropped. */
  dropped: number;
  /** Rows of `transaction_hashes` removed. */
  hashes: number;
  /** True when a long query was in the way: the next invocation tries again. */
  postponed: boolean;
}

/**
 * Forgets history older than so many whole days before the newest ledger's day (not before now: after a long outage nothing must
 * vanish that was never seen). Days go as whole partitions; the oldest cursor is raised in the same transaction, so that no
 * reader is promised what is gone.
 * @param closedAt when the newest ledger closed, seconds since 1970
 */
export async function applyRetention(sql: Database, days: number, closedAt: number): Promise<Retention> {
  const cutoff = dateOf(dayOf(closedAt) - days);
  const result: Retention = { dropped: 0, hashes: 0, postponed: false };
  const [oldest] = await sql<{ ledger: number }[]>`
    select l.sequence as ledger from ledgers l where l.closed_at >= ${cutoff}::date::timestamp at time zone 'UTC' order by l.sequence limit 1`;
  if (!oldest) return result;
  const [stale] = await sql`select 1 from ledgers where sequence < ${oldest.ledger} limit 1`;
  if (stale) {
    try {
      result.dropped = await transact(sql, async () => {
        // Dropping waits for readers, and new readers wait behind it: it gives up soon, and the next invocation tries again.
        await sql`set local lock_timeout = '1s'`;
        await sql`set local statement_timeout = '60s'`;
        const [row] = await sql<{ dropped: number }[]>`select drop_history_before(${cutoff}::date) as dropped`;
        await sql`update cursors set ledger = ${oldest.ledger}, updated_at = now() where name = 'oldest' and ledger < ${oldest.ledger}`;
        await sql`delete from ledgers where sequence < ${oldest.ledger}`;
        return row!.dropped;
      });
    } catch (error) {
      if (codeOf(error) !== LOCK_NOT_AVAILABLE) throw error;
      return { ...result, postponed: true };
    }
  }
  const firstKept = String(wholeToid(oldest.ledger, 0));
  const hashes = await sql`
    delete from transaction_hashes where ctid = any (array(
      select ctid from transaction_hashes where to_id < ${firstKept}::bigint limit ${HASH_BATCH}))`;
  result.hashes = hashes.count;
  return result;
}
