import type { Snapshot } from "../snapshot.ts";

/** When a ledger closed: the partition time of everything in it. Null when the ledger is not here. */
export async function ledgerClosedAt(snapshot: Snapshot, sequence: number): Promise<string | null> {
  const rows = await snapshot.query<{ closed_at: string }>((sql) => sql`select closed_at from ledgers where sequence = ${sequence}`);
  return rows[0]?.closed_at ?? null;
}
