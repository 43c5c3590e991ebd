import type { Snapshot } from "../database/snapshot.ts";

/** When ledgers closed: the partition time of everything in them. Ledgers that are not here are absent. */
export function ledgersClosedAt(snapshot: Snapshot, sequences: readonly string[]): Promise<{ sequence: number; closed_at: string }[]> {
  return snapshot.query<{ sequence: number; closed_at: string }>(
    (sql) => sql`select sequence, closed_at from ledgers where sequence = any (${`{${sequences.join(",")}}`}::integer[])`,
  );
}

/** A ledger's row. */
export interface LedgerRow {
  sequence: number;
  hash: string;
  previous_hash: string;
  closed_at: string;
  protocol_version: number;
  base_reserve: string;
  transaction_count: number;
  operation_count: number;
  state_change_count: number;
  ingested_at: string;
}

/** Ledgers by sequence; missing ones are absent. */
export function ledgersBySequence(snapshot: Snapshot, sequences: readonly string[]): Promise<LedgerRow[]> {
  return snapshot.query<LedgerRow>(
    (sql) => sql`
      select sequence, hash, previous_hash, closed_at, protocol_version, base_reserve, transaction_count, operation_count, state_change_count, ingested_at
      from ledgers where sequence = any (${`{${sequences.join(",")}}`}::integer[])`,
  );
}

/** The ends of what is here; null before the first ledger. */
export interface LedgerEnds {
  oldest: number | null;
  latest: number | null;
}

export async function ledgerEnds(snapshot: Snapshot): Promise<LedgerEnds> {
  const rows = await snapshot.query<LedgerEnds>(
    (sql) =>
      sql`select (select ledger from cursors where name = 'oldest') as oldest, (select ledger from cursors where name = 'latest') as latest`,
  );
  return rows[0]!;
}

/** Sequences that are missing, both inclusive. */
export interface LedgerGap {
  first: number;
  last: number;
}

/** The first gaps between two ledgers, ascending. Counting is several times cheaper than looking at neighbours, and mostly enough. */
export async function ledgerGaps(snapshot: Snapshot, oldest: number, latest: number, limit: number): Promise<LedgerGap[]> {
  const [counted] = await snapshot.query<{ ledgers: number }>(
    (sql) => sql`select count(*)::integer as ledgers from ledgers where sequence >= ${oldest} and sequence <= ${latest}`,
  );
  if (counted!.ledgers === latest - oldest + 1) return [];
  return snapshot.query<LedgerGap>(
    (sql) => sql`
      select before + 1 as first, following - 1 as last
      from (
        select coalesce(lag(sequence) over (order by sequence), ${oldest - 1}) as before, sequence as following
        from (
          select sequence from ledgers where sequence >= ${oldest} and sequence <= ${latest}
          union all select ${latest + 1}
        ) l
      ) pairs
      where following > before + 1 order by before limit ${limit}`,
  );
}
