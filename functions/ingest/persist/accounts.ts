import { packSigners } from "../../shared/columns/signers.ts";
import { NEW_THRESHOLDS } from "../../shared/columns/thresholds.ts";
import type { Database } from "../../shared/database/session.ts";
import type { AccountRow } from "../indexer/rows.ts";
import { arrayText, type ColumnType, type ColumnValues } from "./array-text.ts";
import type { Pending } from "./state-table.ts";

/** When a sequence number changed: what most rows of a ledger have in common. */
interface SequenceChange {
  ledger: number;
  time: bigint;
}

/** A column of a PostgreSQL type and how its values are sent. */
interface ColumnOf<Type extends ColumnType> {
  readonly name: string;
  readonly type: Type;
  readonly read: (row: AccountRow, common: SequenceChange) => ColumnValues[Type];
  /** What most rows have. Undefined: each row has a value of its own. */
  readonly usual?: ColumnValues[Type];
  /** The column's value, where it is not what was sent. */
  readonly expression?: string;
}

type Column = { [Type in ColumnType]: ColumnOf<Type> }[ColumnType];

/** What an account has; one that is gone has nothing. */
function unlessGone<Value>(none: Value, read: (row: AccountRow) => Value): (row: AccountRow) => Value {
  return (row) => (row.removedLedger === null ? read(row) : none);
}

/** Sent for an entry that does not say when its sequence number changed: null stands for what is common. */
const UNKNOWN = -1;

/**
 * The columns in the order of their parameters. Those with a usual value come last, the rarest at the end: of 340 accounts in a ledger
 * some 30 have a home domain, an inflation destination, signers, ….
 */
const COLUMNS: readonly Column[] = [
  { name: "account_id", type: "bytea", read: (row) => row.account.bytes },
  { name: "balance", type: "bigint", read: unlessGone(0n, (row) => row.balance) },
  { name: "sequence_number", type: "bigint", read: (row) => row.sequenceNumber },
  { name: "num_subentries", type: "integer", read: unlessGone(0, (row) => row.numSubentries) },
  { name: "selling_liabilities", type: "bigint", read: unlessGone(0n, (row) => row.sellingLiabilities), usual: 0n },
  { name: "buying_liabilities", type: "bigint", read: unlessGone(0n, (row) => row.buyingLiabilities), usual: 0n },
  {
    name: "sequence_ledger",
    type: "integer",
    read: (row, common) => (isCommon(row, common) ? null : (row.sequenceLedger ?? UNKNOWN)),
    usual: null,
    expression: `nullif(coalesce(sequence_ledger, $18::integer), ${UNKNOWN})`,
  },
  {
    name: "sequence_time",
    type: "bigint",
    read: (row, common) => (isCommon(row, common) ? null : (row.sequenceTime ?? BigInt(UNKNOWN))),
    usual: null,
    expression: `nullif(coalesce(sequence_time, $19::bigint), ${UNKNOWN})`,
  },
  { name: "inflation_destination", type: "bytea", read: (row) => row.inflationDestination?.bytes ?? null, usual: null },
  { name: "home_domain", type: "bytea", read: (row) => row.homeDomain, usual: null },
  { name: "thresholds", type: "integer", read: (row) => row.thresholds, usual: NEW_THRESHOLDS },
  { name: "signers", type: "bytea", read: unlessGone<Uint8Array | null>(null, packedSigners), usual: null },
  { name: "num_sponsoring", type: "integer", read: unlessGone(0, (row) => row.numSponsoring), usual: 0 },
  { name: "num_sponsored", type: "integer", read: unlessGone(0, (row) => row.numSponsored), usual: 0 },
  { name: "sponsor", type: "bytea", read: unlessGone<Uint8Array | null>(null, (row) => row.sponsor?.bytes ?? null), usual: null },
  { name: "flags", type: "integer", read: (row) => row.flags, usual: 0 },
  { name: "removed_ledger", type: "integer", read: (row) => row.removedLedger, usual: null },
];

function packedSigners({ signers }: AccountRow): Uint8Array | null {
  if (signers.length === 0) return null;
  return packSigners(signers.map(({ key, weight, sponsor }) => ({ key: key.bytes, weight, sponsor: sponsor?.bytes ?? null })));
}

function isCommon({ sequenceLedger, sequenceTime }: AccountRow, { ledger, time }: SequenceChange): boolean {
  return sequenceLedger === ledger && sequenceTime === time;
}

const NAMES = COLUMNS.map(({ name }) => name).join(", ");
const REPLACED = [...COLUMNS.slice(1).map(({ name }) => name), "last_modified_ledger"].map((name) => `${name} = excluded.${name}`);

function expressionOf({ name, usual, expression }: Column): string {
  return expression ?? (usual === undefined || usual === null ? name : `coalesce(${name}, ${String(usual)})`);
}

/** $20 is the ledger. An array that is shorter than the others gives nulls, which stand for the usual value. */
const ACCOUNTS_UPSERT = `
  insert into accounts as t (${NAMES}, last_modified_ledger)
  select ${COLUMNS.map(expressionOf).join(", ")}, $20::integer
  from unnest(${COLUMNS.map(({ type }, i) => `$${i + 1}::${type}[]`).join(", ")}) as r (${NAMES})
  on conflict (account_id) do update set ${REPLACED.join(", ")} where t.last_modified_ledger <= excluded.last_modified_ledger`;

/** Where the sequence numbers that changed last did so; most accounts of a ledger are sources of its transactions. */
function newestSequence(rows: readonly AccountRow[]): SequenceChange {
  let newest: SequenceChange = { ledger: 0, time: 0n };
  for (const { sequenceLedger, sequenceTime } of rows)
    if (sequenceLedger !== null && sequenceLedger > newest.ledger) newest = { ledger: sequenceLedger, time: sequenceTime! };
  return newest;
}

/** Rows with the rarest values first, and how many of them may have another than the usual value of a column. */
interface Ordered {
  rows: AccountRow[];
  /** By column: the rows behind so many have its usual value. */
  ends: number[];
}

/** Orders rows so that the arrays of rare values are short: parsing a value costs about as much as storing it. */
function rarestFirst(rows: readonly AccountRow[], common: SequenceChange): Ordered {
  const byRarest: AccountRow[][] = COLUMNS.map(() => []);
  for (const row of rows) {
    let rarest = COLUMNS.length - 1;
    while (rarest > 0 && COLUMNS[rarest]!.usual === COLUMNS[rarest]!.read(row, common)) rarest--;
    byRarest[rarest]!.push(row);
  }
  const ends: number[] = [];
  let end = 0;
  for (let i = COLUMNS.length - 1; i >= 0; i--) ends[i] = end += byRarest[i]!.length;
  return { rows: byRarest.reverse().flat(), ends };
}

function parameter<Type extends ColumnType>(
  { type, usual, read }: ColumnOf<Type>,
  rows: readonly AccountRow[],
  end: number,
  common: SequenceChange,
): string {
  const sent = usual === undefined ? rows : rows.slice(0, end);
  return arrayText[type](sent.map((row) => read(row, common)));
}

/**
 * The statement that writes accounts as a ledger leaves them, guarded by their last modified ledger. Those that are gone become
 * tombstones.
 */
export function writeAccounts(sql: Database, accounts: readonly AccountRow[], ledger: number): Pending {
  if (accounts.length === 0) return [];
  const common = newestSequence(accounts);
  const { rows, ends } = rarestFirst(accounts, common);
  const arrays = COLUMNS.map((column, i) => parameter(column, rows, ends[i]!, common));
  return [sql.unsafe(ACCOUNTS_UPSERT, [...arrays, common.ledger, String(common.time), ledger], { prepare: true })];
}
