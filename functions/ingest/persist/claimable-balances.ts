import { wholeToid } from "../../shared/columns/toid.ts";
import type { Database } from "../../shared/database/session.ts";
import type { ClaimableBalanceRow, LedgerRows } from "../indexer/rows.ts";
import { arrayText } from "./array-text.ts";
import type { Pending } from "./state-table.ts";

/** New balances, and those whose sponsor has changed; then the claimants of the rows that were written, under the ledger that they are listed by. */
const UPSERT = `
  with written as (
    insert into claimable_balances as t (balance_id, asset_id, amount, claimants, is_clawback_enabled, sponsor, since_ledger, made_by, made_with, made_at, last_modified_ledger)
    select r.*, case when r.made_by is not null then to_timestamp($10::bigint) end, $11::integer
    from unnest($1::bytea[], $2::uuid[], $3::bigint[], $4::bytea[], $5::boolean[], $6::bytea[], $7::integer[], $8::bigint[], $9::smallint[])
      as r (id, asset, amount, claimants, clawback, sponsor, since, made_by, made_with)
    on conflict (balance_id) do update set sponsor = excluded.sponsor, last_modified_ledger = excluded.last_modified_ledger
    where t.last_modified_ledger <= excluded.last_modified_ledger
    returning balance_id, since_ledger)
  insert into claimable_balance_claimants (claimant_id, since_ledger, balance_id)
  select c.claimant, w.since_ledger, w.balance_id
  from written w join unnest($12::bytea[], $13::bytea[]) as c (claimant, balance) on c.balance = w.balance_id
  on conflict do nothing`;

/** Balances that are gone, with their claimants. */
const REMOVAL = `
  with gone as (
    delete from claimable_balances t using unnest($1::bytea[]) as r (id)
    where t.balance_id = r.id and t.last_modified_ledger <= $2::integer
    returning t.balance_id, t.since_ledger)
  delete from claimable_balance_claimants l using gone g, unnest($3::bytea[], $4::bytea[]) as c (claimant, balance)
  where c.balance = g.balance_id and l.claimant_id = c.claimant and l.since_ledger = g.since_ledger and l.balance_id = g.balance_id`;

/**
 * The statements of a ledger's claimable balances: at most one for those that it leaves and one for those that are gone. As with the
 * other tables an older value never replaces or removes a newer one. What does not change in a balance's life is written once.
 */
export function writeClaimableBalances(sql: Database, { claimableBalances: rows, header }: LedgerRows): Pending {
  if (rows.length === 0) return [];
  const { sequence, closedAt } = header;
  const removals = rows.filter(({ op }) => op === "REMOVE");
  const upserts = removals.length === 0 ? rows : rows.filter(({ op }) => op !== "REMOVE");
  const { bytea, uuid, bigint, boolean, integer, smallint } = arrayText;
  const queries: Pending = [];
  if (upserts.length > 0) {
    const values = [
      bytea(upserts.map((row) => row.balance.bytes)),
      uuid(upserts.map((row) => row.asset?.id ?? null)),
      bigint(upserts.map((row) => row.amount)),
      bytea(upserts.map((row) => row.claimantsXdr)),
      boolean(upserts.map((row) => row.isClawbackEnabled)),
      bytea(upserts.map((row) => row.sponsor?.bytes ?? null)),
      integer(upserts.map((row) => row.sinceLedger)),
      bigint(upserts.map(({ madeBy }) => madeBy && wholeToid(sequence, madeBy.operation))),
      smallint(upserts.map(({ madeBy }) => madeBy && madeBy.operations)),
      String(closedAt),
      sequence,
      ...claimants(upserts),
    ];
    queries.push(sql.unsafe(UPSERT, values, { prepare: true }));
  }
  if (removals.length > 0) {
    const values = [bytea(removals.map((row) => row.balance.bytes)), sequence, ...claimants(removals)];
    queries.push(sql.unsafe(REMOVAL, values, { prepare: true }));
  }
  return queries;
}

/** Claimants and, beside each, its balance. */
function claimants(rows: readonly ClaimableBalanceRow[]): [string, string] {
  const pairs = rows.flatMap(({ claimants: all, balance }) => all.map((claimant) => ({ claimant, balance })));
  const { bytea } = arrayText;
  return [bytea(pairs.map(({ claimant }) => claimant.bytes)), bytea(pairs.map(({ balance }) => balance.bytes))];
}
