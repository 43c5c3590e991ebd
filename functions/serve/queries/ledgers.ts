import type { Snapshot } from "../database/snapshot.ts";

/** When ledgers closed: the partition time of everything in them. Ledgers that are not here are absent. */
export function ledgersClosedAt(snapshot: Snapshot, sequences: readonly string[]): Promise<{ sequence: number; closed_at: string }[]> {
  return snapshot.query<{ sequence: number; closed_at: string }>(
    (sql) => sql`select sequence, closed_at from ledgers where sequence = any (${`{${sequences.join(",")}}`}::integer[])`,
  );
}
