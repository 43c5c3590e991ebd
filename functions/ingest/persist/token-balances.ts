import type { Database } from "../../shared/database/session.ts";
import type { LedgerRows } from "../indexer/rows.ts";
import { arrayText } from "./array-text.ts";
import { isUncounted } from "./counted-events.ts";
import type { Pending } from "./state-table.ts";

/** Does the row bring a newer state of the entry? That a temporary entry is gone says nothing of a persistent one, nor the other way. */
const NEWER_ENTRY = `excluded.stored_ledger >= coalesce(t.stored_ledger, 0)
    and (excluded.stored is not null or t.stored is null or t.is_temporary = excluded.is_temporary)`;
/** Events that a simulation of a later ledger has included are in the sum already. */
const NEWER_SUM = `excluded.summed_ledger > coalesce(t.summed_ledger, 0)`;

/** Both views of each balance: the entry's last state replaces, what events sum up to is added. */
const UPSERT = `
  insert into sep41_balances as t (account_id, contract_id, stored, stored_ledger, is_temporary, key_hash, live_until_ledger,
    summed, summed_ledger, last_modified_ledger)
  select r.account, r.contract, r.stored, case when r.has_entry then $9::integer end, r.is_temporary, r.key_hash, r.live_until,
    case when u.adds then coalesce(r.moved, 0) else 0 end, case when u.adds and r.moved is not null then $9::integer end, $9::integer
  from unnest($1::bytea[], $2::uuid[], $3::boolean[], $4::numeric[], $5::boolean[], $6::bytea[], $7::integer[], $8::numeric[])
      as r (account, contract, has_entry, stored, is_temporary, key_hash, live_until, moved),
    (select ${isUncounted("$9")} as adds) u
  where r.has_entry or u.adds
  on conflict (account_id, contract_id) do update set
    stored = case when ${NEWER_ENTRY} then excluded.stored else t.stored end,
    stored_ledger = case when ${NEWER_ENTRY} then excluded.stored_ledger else t.stored_ledger end,
    is_temporary = case when ${NEWER_ENTRY} then excluded.is_temporary else t.is_temporary end,
    key_hash = case when ${NEWER_ENTRY} then excluded.key_hash else t.key_hash end,
    live_until_ledger = case when not coalesce(${NEWER_ENTRY}, false) then t.live_until_ledger
      when excluded.key_hash = t.key_hash then coalesce(excluded.live_until_ledger, t.live_until_ledger)
      else excluded.live_until_ledger end,
    evicted_ledger = case when ${NEWER_ENTRY} then null else t.evicted_ledger end,
    summed = case when ${NEWER_SUM} then t.summed + excluded.summed else t.summed end,
    summed_ledger = case when ${NEWER_SUM} then excluded.summed_ledger else t.summed_ledger end,
    last_modified_ledger = greatest(t.last_modified_ledger, excluded.last_modified_ledger)
  where ${NEWER_ENTRY} or ${NEWER_SUM}`;

/** Rows that say nothing any more. One that rests on a simulation stays: the sum is exact because of it. */
const CLEANUP = `
  delete from sep41_balances t using unnest($1::bytea[], $2::uuid[]) as r (account, contract)
  where t.account_id = r.account and t.contract_id = r.contract and coalesce(t.stored, 0) = 0 and t.summed = 0
    and t.simulated_ledger is null and t.last_modified_ledger <= $3`;

/** The statements of what is held of tokens: one for all rows, and one where some may have become empty. */
export function writeTokenBalances(sql: Database, { tokenBalances: rows, header }: LedgerRows): Pending {
  if (rows.length === 0) return [];
  const { bytea, uuid, boolean, numeric, integer } = arrayText;
  const { sequence } = header;
  const values = [
    bytea(rows.map((row) => row.account.bytes)),
    uuid(rows.map((row) => row.contractId)),
    boolean(rows.map(({ stored }) => stored !== null)),
    numeric(rows.map(({ stored }) => textOf(stored?.amount))),
    boolean(rows.map(({ stored }) => stored?.isTemporary ?? false)),
    bytea(rows.map(({ stored }) => stored?.keyHash ?? null)),
    integer(rows.map(({ stored }) => stored?.liveUntilLedger ?? null)),
    numeric(rows.map(({ moved }) => textOf(moved))),
    sequence,
  ];
  const queries: Pending = [sql.unsafe(UPSERT, values, { prepare: true })];
  const empty = rows.filter(({ stored }) => !stored?.amount);
  if (empty.length > 0) {
    const keys = [bytea(empty.map((row) => row.account.bytes)), uuid(empty.map((row) => row.contractId)), sequence];
    queries.push(sql.unsafe(CLEANUP, keys, { prepare: true }));
  }
  return queries;
}

function textOf(amount: bigint | null | undefined): string | null {
  return amount === null || amount === undefined ? null : String(amount);
}
