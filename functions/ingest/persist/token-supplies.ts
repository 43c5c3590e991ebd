import type { Database } from "../../shared/database/session.ts";
import type { LedgerRows } from "../indexer/rows.ts";
import { arrayText } from "./array-text.ts";
import { isUncounted } from "./counted-events.ts";
import type { Pending } from "./state-table.ts";

/** What instances say. */
const REPLACE = `
  update contract_tokens t set supply = r.supply, is_supply_stored = true, supply_ledger = $3::integer
  from unnest($1::uuid[], $2::numeric[]) as r (id, supply)
  where t.id = r.id and coalesce(t.supply_ledger, 0) <= $3`;

/** What was minted and burnt, of tokens whose instance does not say it and whose whole life is here. */
const ADD = `
  update contract_tokens t set supply = coalesce(t.supply, 0) + r.minted, supply_ledger = $4::integer
  from unnest($1::uuid[], $2::bytea[], $3::numeric[]) as r (id, contract, minted) join protocol_contracts p on p.contract_id = r.contract
  where t.id = r.id and not t.is_supply_stored and p.created_ledger is not null and ${isUncounted("$4")}`;

/** The statements of how much there is of tokens, to be sent behind those of the contracts and their tokens. */
export function writeSupplies(sql: Database, { tokenSupplies, header }: LedgerRows): Pending {
  const { bytea, uuid, numeric } = arrayText;
  const queries: Pending = [];
  const stored = tokenSupplies.filter((row) => row.stored !== null);
  const minted = tokenSupplies.filter((row) => row.stored === null);
  if (stored.length > 0) {
    const values = [uuid(stored.map((row) => row.contractId)), numeric(stored.map((row) => String(row.stored))), header.sequence];
    queries.push(sql.unsafe(REPLACE, values, { prepare: true }));
  }
  if (minted.length > 0) {
    const values = [
      uuid(minted.map((row) => row.contractId)),
      bytea(minted.map((row) => row.contract.bytes)),
      numeric(minted.map((row) => String(row.minted))),
      header.sequence,
    ];
    queries.push(sql.unsafe(ADD, values, { prepare: true }));
  }
  return queries;
}
