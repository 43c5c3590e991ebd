import type { AllowanceCursor } from "../pagination/cursors.ts";
import type { Page } from "../pagination/page.ts";
import type { Snapshot } from "../snapshot.ts";
import type { AccountKey } from "../values/addresses.ts";

export interface AllowanceRow {
  spender_id: string;
  contract_uuid: string;
  contract_id: string;
  amount: string;
  expiration_ledger: number;
  last_modified_ledger: number;
}

/** Live approvals by an owner: those that end at the newest ledger or later (graphql-api 2.8). */
export function allowancesOfOwner(
  snapshot: Snapshot,
  owner: AccountKey,
  { backward, cursor, limit }: Page<AllowanceCursor>,
): Promise<AllowanceRow[]> {
  return snapshot.query<AllowanceRow>((sql) => {
    const keyset =
      cursor === null
        ? sql``
        : backward
          ? sql`and a.spender_id <= ${cursor.spender} and (a.spender_id < ${cursor.spender} or a.contract_id < ${cursor.contract})`
          : sql`and a.spender_id >= ${cursor.spender} and (a.spender_id > ${cursor.spender} or a.contract_id > ${cursor.contract})`;
    return sql`
      select a.spender_id, a.contract_id as contract_uuid, t.contract_id, a.amount, a.expiration_ledger, a.last_modified_ledger
      from sep41_allowances a join contract_tokens t on t.id = a.contract_id
      where a.owner_id = ${owner.column}
        and a.expiration_ledger >= coalesce((select ledger from cursors where name = 'latest'), 0) ${keyset}
      order by ${backward ? sql`a.spender_id desc, a.contract_id desc` : sql`a.spender_id, a.contract_id`} limit ${limit + 1}`;
  });
}
