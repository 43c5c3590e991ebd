import { transactionId } from "../../shared/columns/toid.ts";
import type { Database } from "../../shared/database/session.ts";
import { WalletError } from "../../shared/errors.ts";
import { NEWEST_PROTOCOL } from "../ledger/protocol.ts";

/** Ledgers that were taken back, to be ingested again. */
export interface Rewound {
  first: number;
  last: number;
}

/**
 * Takes back the history of every ledger from the oldest one on that was written by code which did not know its protocol, so that
 * ingestion writes them again. One transaction, on the session that holds the lock.
 *
 * The current state stays: nobody can tell what it was before. Each ledger that is written again brings its own last states, and an older
 * one never replaces a newer one, so that it is that of the newest ledger once that is reached. Until then a row may show that a
 * later ledger removes again. What token events add up to is not an entry's state: it stays as it was counted (cursor `events`).
 * @param fence the fence that came with the lock
 * @param newestProtocol for tests
 * @returns null when there is nothing to take back
 * @throws WalletError PROTOCOL_UNSUPPORTED when this version does not know the protocol either; LEDGER_GAP when the ledger before the
 * first of them is not here any more
 */
export async function rewindToKnown(sql: Database, fence: string, newestProtocol: number = NEWEST_PROTOCOL): Promise<Rewound | null> {
  await sql`begin`;
  try {
    const rewound = await rewind(sql, fence, newestProtocol);
    await sql`commit`;
    return rewound;
  } catch (error) {
    await sql`rollback`.catch(() => {});
    throw error;
  }
}

async function rewind(sql: Database, fence: string, newestProtocol: number): Promise<Rewound | null> {
  await sql`set local statement_timeout = 0`;
  const [marked] = await sql<{ first: number | null; protocol: number | null; last: number | null; closedAt: string }[]>`
    select min(sequence) as first, max(protocol_version) as protocol, (select ledger from cursors where name = 'latest') as last,
      min(closed_at) as "closedAt"
    from ledgers where newer_than is not null`;
  const { first, last, protocol, closedAt } = marked!;
  if (first === null || last === null) return null;
  if (protocol! > newestProtocol)
    throw new WalletError(
      "PROTOCOL_UNSUPPORTED",
      `The ledgers from ${first} on are of protocol ${protocol}, newer than this version knows: update. It knows protocols up to ${newestProtocol}. Nothing was taken back.`,
      { ledger: first, protocol, newestKnown: newestProtocol },
    );
  const moved = await sql`
    update cursors c set ledger = p.sequence, ledger_hash = p.hash, closed_at = p.closed_at, protocol_version = p.protocol_version,
      base_reserve = p.base_reserve, newer_protocol_from = null, updated_at = now()
    from ledgers p
    where c.name = 'latest' and c.fence = ${fence}::bigint and c.backend_pid = pg_backend_pid() and p.sequence = ${first - 1}`;
  if (moved.count !== 1)
    throw new WalletError(
      "LEDGER_GAP",
      `Ledger ${first - 1}, before the first that would be indexed again, is not in the database. Start with an empty database instead.`,
      { ledger: first - 1 },
    );
  const id = transactionId(first, 0);
  await sql`delete from transactions where ledger_created_at >= ${closedAt} and to_id >= ${id}::bigint`;
  await sql`delete from account_links where ledger_created_at >= ${closedAt} and ledger_number >= ${first}`;
  await sql`delete from transaction_hashes where to_id >= ${id}::bigint`;
  await sql`delete from ledger_upgrades where sequence >= ${first}`;
  await sql`delete from ledgers where sequence >= ${first}`;
  return { first, last };
}
