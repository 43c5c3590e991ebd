import type { DatabaseConnection, Fragment } from "../../database/connection.ts";

/** Whether a balance can be used, as every branch of the union selects it last. */
export interface UsableColumns {
  /** The last ledger in which the entry is live; null: it is none that can be archived, or its TTL is not known. */
  live_until_ledger: number | null;
  is_archived: boolean;
  /** Is the ledger key of the balance frozen (CAP-77)? */
  is_frozen: boolean;
  /** Is the account that holds it frozen? */
  holder_is_frozen: boolean;
}

/*
 * What is frozen is compared with an array, which is made once a statement; as a rule it is empty. Asked row by row, it would be a third of
 * what the statement takes.
 */

/** Is the account frozen? Asked once an account; contracts are not asked, whose XLM is an entry like their other balances. */
export function isFrozenHolder(sql: DatabaseConnection, account: Fragment): Fragment {
  return sql`exists (select from frozen_keys where account_id = ${account} and asset_id is null)`;
}

/** The columns of an account's trustline, a row of `b`. */
export function usableTrustline(sql: DatabaseConnection, account: Fragment): Fragment {
  return sql`null::integer, false, b.asset_id = any (array(select asset_id from frozen_keys where account_id = ${account} and asset_id is not null))`;
}

/** Is the entry of the contract's data, a row of `b`, no longer live? It was evicted, or its last ledger is behind the newest. */
export function isEntryOver(sql: DatabaseConnection): Fragment {
  return sql`(b.evicted_ledger is not null or coalesce(b.live_until_ledger < (select ledger from cursors where name = 'latest'), false))`;
}

/** The columns of a contract's entry, a row of `b`. @param isArchived absent: as soon as it is over */
export function usableEntry(sql: DatabaseConnection, isArchived: Fragment = isEntryOver(sql)): Fragment {
  return sql`b.live_until_ledger, ${isArchived}, coalesce(b.key_hash = any (array(select key_hash from frozen_keys)), false)`;
}

/** Of what can always be used, and of a balance without an entry. */
export const USABLE: UsableColumns = { live_until_ledger: null, is_archived: false, is_frozen: false, holder_is_frozen: false };
