import { byteaArrayOfTexts } from "../../shared/columns/bytea.ts";
import type { AddressColumn } from "../../shared/columns/history/payload-decoder.ts";
import type { Snapshot } from "../database/snapshot.ts";

/** A contract at the end of a ledger. */
export interface ContractAt {
  contract: AddressColumn;
  ledger: number;
}

/**
 * Which of the contracts were SEP-41 tokens by the code that they ran at the end of the ledger, their own or that of a tag (CAP-85). Before the
 * first that is known it was the same.
 * @returns places in the list, from 1
 */
export async function tokensByCode(snapshot: Snapshot, contracts: readonly ContractAt[]): Promise<number[]> {
  const columns = byteaArrayOfTexts(contracts.map(({ contract }) => contract));
  const ledgers = `{${contracts.map(({ ledger }) => ledger).join(",")}}`;
  const rows = await snapshot.query<{ ordinal: number }>(
    (sql) => sql`
      select k.ordinal::integer
      from unnest(${columns}::bytea[], ${ledgers}::integer[]) with ordinality k (contract, ledger, ordinal)
      cross join lateral (
        (select until_ledger, wasm_hash, tag_key from former_executables
          where subject = k.contract and until_ledger >= k.ledger order by until_ledger limit 1)
        union all
        select 2147483647, wasm_hash, tag_key from protocol_contracts where contract_id = k.contract
        order by until_ledger limit 1) e
      left join lateral (
        (select until_ledger, wasm_hash from former_executables
          where subject = e.tag_key and until_ledger >= k.ledger order by until_ledger limit 1)
        union all
        select 2147483647, wasm_hash from executable_tags where tag_key = e.tag_key
        order by until_ledger limit 1) t on true
      join protocol_wasms w on w.wasm_hash = coalesce(e.wasm_hash, t.wasm_hash) and w.kind = 'SEP41'`,
  );
  return rows.map(({ ordinal }) => ordinal);
}
