import type { Snapshot } from "../database/snapshot.ts";
import type { DatabaseConnection, Fragment } from "../database/connection.ts";
import type { Page } from "../pagination/page.ts";
import type { AccountKey } from "../values/addresses.ts";
import { accountColumns } from "./accounts.ts";

/** An account's row, tombstones included. Addresses and bytes are texts of their columns. */
export interface AccountRecordRow {
  /** The account's place in the list that was asked for, from 1. */
  ordinal: number;
  sequence_number: string;
  sequence_ledger: number | null;
  /** As the database writes a time; null also where it is no time before the year 10,000. */
  sequence_time: string | null;
  num_subentries: number;
  num_sponsoring: number;
  num_sponsored: number;
  flags: number;
  thresholds: number;
  last_modified_ledger: number;
  removed_ledger: number | null;
  home_domain: string | null;
  inflation_destination: string | null;
  sponsor: string | null;
  signers: string | null;
}

/** Seconds of 9999-12-31T23:59:59Z. */
const LAST_SECOND = 253_402_300_799;

/** Accounts of which there is a row. */
export function accountRecords(snapshot: Snapshot, accounts: readonly AccountKey[]): Promise<AccountRecordRow[]> {
  return snapshot.query<AccountRecordRow>(
    (sql) => sql`
      select k.ordinal::integer, sequence_number::text, sequence_ledger,
        case when sequence_time <= ${LAST_SECOND}::bigint then to_timestamp(sequence_time) end as sequence_time, num_subentries, num_sponsoring,
        num_sponsored, flags, thresholds, last_modified_ledger, removed_ledger, home_domain, inflation_destination, sponsor, signers
      from unnest(${accountColumns(accounts)}::bytea[]) with ordinality k (account, ordinal) join accounts a on a.account_id = k.account`,
  );
}

/** A data entry's row. */
export interface AccountDataRow {
  /** The account's place in the list that was asked for, from 1. */
  ordinal: number;
  name: string;
  value: string;
  sponsor: string | null;
  last_modified_ledger: number;
}

/** A page of each account's data entries, in the direction of travel. @param page its cursor is the name's column */
export function dataOfAccounts(
  snapshot: Snapshot,
  accounts: readonly AccountKey[],
  { backward, cursor, limit }: Page<string>,
): Promise<AccountDataRow[]> {
  return snapshot.query<AccountDataRow>((sql) => {
    const order = backward ? sql`name desc` : sql`name`;
    return sql`
      select k.ordinal::integer, d.* from unnest(${accountColumns(accounts)}::bytea[]) with ordinality k (account, ordinal)
      cross join lateral (
        select name, value, sponsor, last_modified_ledger from account_data where account_id = k.account ${beyond(sql, sql`name`, backward, cursor)}
        order by ${order} limit ${limit + 1}) d
      order by k.ordinal, ${order}`;
  });
}

function beyond(sql: DatabaseConnection, column: Fragment, backward: boolean, cursor: string | null): Fragment {
  if (cursor === null) return sql``;
  return backward ? sql`and ${column} < ${cursor}` : sql`and ${column} > ${cursor}`;
}

/**
 * A page of the accounts that a key may sign for, in the direction of travel. What an account's row does not say is no signer, whatever
 * the table by signer says.
 * @param signer the key's column @param signerMark how it stands in `accounts.signers`, as a column's text
 * @param page its cursor is the account's column
 */
export function accountsOfSigner(
  snapshot: Snapshot,
  signer: string,
  signerMark: string,
  { backward, cursor, limit }: Page<string>,
): Promise<{ account_id: string }[]> {
  return snapshot.query<{ account_id: string }>((sql) => {
    const order = backward ? sql`account_id desc` : sql`account_id`;
    return sql`
      (select s.account_id from account_signers s join accounts a on a.account_id = s.account_id
        where s.signer = ${signer} and position(${signerMark}::bytea in a.signers) > 0 ${beyond(sql, sql`s.account_id`, backward, cursor)}
        order by ${backward ? sql`s.account_id desc` : sql`s.account_id`} limit ${limit + 1})
      union
      select a.account_id from accounts a
        where a.account_id = ${signer} and removed_ledger is null and (thresholds >> 24) & 255 > 0 ${beyond(sql, sql`a.account_id`, backward, cursor)}
      order by ${order} limit ${limit + 1}`;
  });
}
