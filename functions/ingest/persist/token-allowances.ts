import type { Database } from "../../shared/database/session.ts";
import type { LedgerRows, StoredAllowanceRow, ToldAllowanceRow } from "../indexer/rows.ts";
import { arrayText } from "./array-text.ts";
import { isUncounted } from "./counted-events.ts";
import { GuardedTable, type Pending } from "./state-table.ts";

/** Allowances whose entry tells what is left of them. */
const storedAllowances = new GuardedTable<StoredAllowanceRow>({
  table: "sep41_allowances",
  key: [
    { name: "owner_id", type: "bytea", read: (row) => row.owner.bytes },
    { name: "spender_id", type: "bytea", read: (row) => row.spender.bytes },
    { name: "contract_id", type: "uuid", read: (row) => row.contractId },
  ],
  values: [
    { name: "amount", type: "numeric", read: (row) => String(row.amount) },
    { name: "expiration_ledger", type: "bigint", read: (row) => BigInt(row.expirationLedger) },
    { name: "is_stored", type: "boolean", read: () => true },
  ],
});

/** Approvals, less what was spent of them in the same ledger. An entry tells better. */
const APPROVE = `
  insert into sep41_allowances as t (owner_id, spender_id, contract_id, amount, expiration_ledger, last_modified_ledger)
  select r.*, $6::integer from unnest($1::bytea[], $2::bytea[], $3::uuid[], $4::numeric[], $5::bigint[]) as r
  where ${isUncounted("$6")}
  on conflict (owner_id, spender_id, contract_id) do update
    set amount = excluded.amount, expiration_ledger = excluded.expiration_ledger, last_modified_ledger = excluded.last_modified_ledger
  where not t.is_stored`;

/** What was spent of earlier approvals. */
const SPEND = `
  update sep41_allowances t set amount = greatest(t.amount - r.spent, 0), last_modified_ledger = $5::integer
  from unnest($1::bytea[], $2::bytea[], $3::uuid[], $4::numeric[]) as r (owner, spender, contract, spent)
  where t.owner_id = r.owner and t.spender_id = r.spender and t.contract_id = r.contract and not t.is_stored and ${isUncounted("$5")}`;

/** Approvals of nothing, and allowances that were used up. */
const REMOVE = `
  delete from sep41_allowances t using unnest($1::bytea[], $2::bytea[], $3::uuid[], $4::boolean[]) as r (owner, spender, contract, is_revoked)
  where t.owner_id = r.owner and t.spender_id = r.spender and t.contract_id = r.contract and not t.is_stored
    and (r.is_revoked or t.amount = 0) and ${isUncounted("$5")}`;

/** The statements of allowances: of each kind of change one, and none where there is no such change. */
export function writeAllowances(sql: Database, rows: LedgerRows): Pending {
  const { sequence } = rows.header;
  const queries = storedAllowances.write(sql, rows.storedAllowances, sequence);
  const { numeric, bigint, boolean } = arrayText;
  const approved = rows.toldAllowances.filter((row) => row.approved !== null && row.approved.amount > 0n);
  const reduced = rows.toldAllowances.filter((row) => row.approved === null || row.approved.amount === 0n);
  const spent = reduced.filter((row) => row.approved === null);
  if (approved.length > 0)
    queries.push(
      sql.unsafe(
        APPROVE,
        [
          ...keys(approved),
          numeric(approved.map((row) => String(row.approved!.amount))),
          bigint(approved.map((row) => BigInt(row.approved!.expirationLedger))),
          sequence,
        ],
        { prepare: true },
      ),
    );
  if (spent.length > 0)
    queries.push(sql.unsafe(SPEND, [...keys(spent), numeric(spent.map((row) => String(row.spent))), sequence], { prepare: true }));
  if (reduced.length > 0)
    queries.push(sql.unsafe(REMOVE, [...keys(reduced), boolean(reduced.map((row) => row.approved !== null)), sequence], { prepare: true }));
  return queries;
}

function keys(rows: readonly ToldAllowanceRow[]): string[] {
  const { bytea, uuid } = arrayText;
  return [bytea(rows.map((row) => row.owner.bytes)), bytea(rows.map((row) => row.spender.bytes)), uuid(rows.map((row) => row.contractId))];
}
