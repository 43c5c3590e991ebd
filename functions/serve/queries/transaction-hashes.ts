import { toLedger } from "../../shared/columns/toid.ts";
import type { Snapshot } from "../database/snapshot.ts";
import type { HistoryKey } from "./days.ts";

/** Transactions whose hash begins so (`hash_prefix` values): the caller compares the rest. */
export function transactionsByHashPrefix(snapshot: Snapshot, prefixes: readonly string[]): Promise<(HistoryKey & { prefix: string })[]> {
  return snapshot.query<HistoryKey & { prefix: string }>(
    (sql) => sql`
      select h.hash_prefix as prefix, h.to_id as id, l.closed_at as time
      from transaction_hashes h join ledgers l on l.sequence = (h.to_id ${toLedger(sql)})::integer
      where h.hash_prefix = any (${`{${prefixes.join(",")}}`}::bigint[])`,
  );
}
