import type { Snapshot } from "../snapshot.ts";
import { hashPrefix } from "../values/hashes.ts";
import type { HistoryKey } from "./days.ts";

/** Transactions whose hash may be this one (64 lower-case hex digits): the prefix is equal, the caller compares the rest. */
export function transactionsByHashPrefix(snapshot: Snapshot, hash: string): Promise<HistoryKey[]> {
  return snapshot.query<HistoryKey>(
    (sql) => sql`
      select h.to_id as id, l.closed_at as time
      from transaction_hashes h join ledgers l on l.sequence = (h.to_id >> 32)::integer
      where h.hash_prefix = ${hashPrefix(hash)}`,
  );
}
