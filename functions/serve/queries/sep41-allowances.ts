import type { AllowanceCursor } from "../pagination/cursors.ts";
import type { Page } from "../pagination/page.ts";
import type { Snapshot } from "../database/snapshot.ts";
import type { AccountKey } from "../values/addresses.ts";
import { accountColumns } from "./accounts.ts";

export interface AllowanceRow {
  /** The owner's place in the list that was asked for, from 1. */
  ordinal: number;
  spender_id: string;
  contract_uuid: string;
  contract_id: string;
  amount: string;
  expiration_ledger: number;
  last_modified_ledger: number;
}

/** Live approvals by owners: those that end at the newest ledger or later. */
export function allowancesOfOwners(
  snapshot: Snapshot,
  owners: readonly AccountKey[],
  { backward, cursor, limit }: Page<AllowanceCursor>,
): Promise<AllowanceRow[]> {
  return snapshot.query<AllowanceRow>((sql) => {
    const keyset =
      cursor === null
        ? sql``
        : backward
          ? sql`and a.spender_id <= ${cursor.spender} and (a.spender_id < ${cursor.spender} or a.contract_id < ${cursor.contract})`
          : sql`and a.spender_id >= ${cursor.spender} and (a.spender_id > ${cursor.spender} or a.contract_id > ${cursor.contract})`;
    const order = backward ? sql`a.spender_id desc, a.contract_id desc` : sql`a.spender_id, a.contract_id`;
    const single = owners.length === 1;
    const page = sql`
      select a.spender_id, a.contract_id as contract_uuid, t.contract_id, a.amount, a.expiration_ledger, a.last_modified_ledger
      from sep41_allowances a join contract_tokens t on t.id = a.contract_id
      where a.owner_id = ${single ? sql`${owners[0]!.column}` : sql`k.owner`}
        and a.expiration_ledger >= coalesce((select ledger from cursors where name = 'latest'), 0) ${keyset}
      order by ${order} limit ${limit + 1}`;
    if (single) return sql`select 1 as ordinal, p.* from (${page}) p`;
    return sql`
      select k.ordinal::integer, p.* from unnest(${accountColumns(owners)}::bytea[]) with ordinality k (owner, ordinal)
      cross join lateral (${page}) p
      order by k.ordinal, ${backward ? sql`p.spender_id desc, p.contract_uuid desc` : sql`p.spender_id, p.contract_uuid`}`;
  });
}
