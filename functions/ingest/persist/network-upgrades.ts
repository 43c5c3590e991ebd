import type { Database } from "../../shared/database/session.ts";
import type { FrozenKeyRow, LedgerRows } from "../indexer/rows.ts";
import { arrayText } from "./array-text.ts";
import type { Pending } from "./state-table.ts";

const NO_ACCOUNT = new Uint8Array();

/** The statements of a ledger's upgrades, and of the keys that are frozen from it on. As a rule there are none. */
export function networkUpgrades(sql: Database, { ledgerUpgrades, frozenKeys, header: { sequence } }: LedgerRows): Pending {
  const queries: Pending = ledgerUpgrades.map(
    ({ ordinal, type, value, contract, contentHash, settings }) => sql`
      insert into ledger_upgrades (sequence, ordinal, type, value, contract_id, content_hash, settings)
      values (${sequence}, ${ordinal}, ${type}, ${value === null ? null : String(value)}::bigint, ${contract?.bytes ?? null}, ${contentHash},
        ${`{${settings.join(",")}}`}::smallint[])`,
  );
  if (frozenKeys !== null) queries.push(writeFrozenKeys(sql, frozenKeys, sequence));
  return queries;
}

/** Makes the table the list: what is not in it is not frozen any more. */
function writeFrozenKeys(sql: Database, keys: readonly FrozenKeyRow[], sequence: number): Pending[number] {
  const { bytea, text } = arrayText;
  return sql`
    with listed as (
      select key_hash, ledger_key, nullif(account_id, '') as account_id, asset_id::uuid
      from unnest(${bytea(keys.map((key) => key.keyHash))}::bytea[], ${bytea(keys.map((key) => key.key))}::bytea[],
        ${bytea(keys.map(({ account }) => account?.bytes ?? NO_ACCOUNT))}::bytea[], ${text(keys.map((key) => key.assetId))}::text[])
        as l(key_hash, ledger_key, account_id, asset_id)),
    thawed as (delete from frozen_keys f where not exists (select from listed l where l.key_hash = f.key_hash))
    insert into frozen_keys (key_hash, ledger_key, account_id, asset_id, frozen_ledger)
    select l.*, ${sequence}::integer from listed l on conflict do nothing`;
}
