import type { Snapshot } from "../database/snapshot.ts";
import type { AccountKey } from "../values/addresses.ts";
import { accountColumns } from "./accounts.ts";

/** Which of the accounts are frozen, each by its place in the list, from 1: accounts by their entry, contracts by their instance. */
export function frozenAccounts(snapshot: Snapshot, accounts: readonly AccountKey[]): Promise<{ ordinal: number }[]> {
  return snapshot.query<{ ordinal: number }>(
    (sql) => sql`
      select k.ordinal::integer from unnest(${accountColumns(accounts)}::bytea[]) with ordinality k (account, ordinal)
      join frozen_keys f on f.account_id = k.account and f.asset_id is null`,
  );
}
