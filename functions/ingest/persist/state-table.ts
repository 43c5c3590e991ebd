import type { PendingQuery, Row as DatabaseRow } from "postgres";
import type { Database } from "../../shared/database/session.ts";
import type { EntryOp } from "../indexer/rows.ts";
import { arrayText, type ColumnType, type ColumnValues } from "./array-text.ts";

/** Statements that have not been sent yet. */
export type Pending = PendingQuery<DatabaseRow[]>[];

/** A column and where a row has its value. */
type Column<Row> = {
  [Type in ColumnType]: { readonly name: string; readonly type: Type; readonly read: (row: Row) => ColumnValues[Type] };
}[ColumnType];

/** A table of the current state and how its rows are written. All names are constants of ours. */
interface StateTable<Row> {
  readonly table: string;
  /** The primary key. */
  readonly key: readonly Column<Row>[];
  /** Columns that are written with a new row and never again. */
  readonly fixed?: readonly Column<Row>[];
  /** Columns that every write replaces. */
  readonly values: readonly Column<Row>[];
  /** Columns that a write replaces where it has a value; null leaves what is there. */
  readonly known?: readonly Column<Row>[];
  /** Columns that tell what became of the entry after its last write: a write makes them null. */
  readonly reset?: readonly string[];
}

/** Writes rows that tell their last modified ledger: an older value never replaces or removes a newer one. */
export class GuardedTable<Row extends { op: EntryOp }> {
  readonly upsert: string;
  readonly removal: string;
  readonly #columns: readonly Column<Row>[];
  readonly #key: readonly Column<Row>[];

  constructor(definition: StateTable<Row>) {
    const { table, key } = definition;
    const columns = columnsOf(definition);
    this.#columns = columns;
    this.#key = key;
    this.upsert = `insert into ${table} as t (${names(columns)}, last_modified_ledger)
      select *, $${columns.length + 1}::integer from ${unnest(columns)}
      on conflict (${names(key)}) do update set ${[...replaced(definition), fromExcluded("last_modified_ledger")].join(", ")}
      where t.last_modified_ledger <= excluded.last_modified_ledger`;
    this.removal = `delete from ${table} t using ${unnest(key)} as gone(${names(key)})
      where ${key.map(({ name }) => `t.${name} = gone.${name}`).join(" and ")} and t.last_modified_ledger <= $${key.length + 1}`;
  }

  /** The statements of a ledger's rows: at most one upsert and one delete. */
  write(sql: Database, rows: readonly Row[], ledger: number): Pending {
    const removals = rows.filter(({ op }) => op === "REMOVE");
    const upserts = removals.length === 0 ? rows : rows.filter(({ op }) => op !== "REMOVE");
    const queries: Pending = [];
    if (upserts.length > 0) queries.push(send(sql, this.upsert, [...parameters(this.#columns, upserts), ledger]));
    if (removals.length > 0) queries.push(send(sql, this.removal, [...parameters(this.#key, removals), ledger]));
    return queries;
  }
}

/** Writes facts that no ledger takes back. Of a table without values, rows that are there already stay as they are. */
export class FactTable<Row> {
  readonly upsert: string;
  readonly #columns: readonly Column<Row>[];

  constructor(definition: StateTable<Row>) {
    const { table, key, values } = definition;
    this.#columns = columnsOf(definition);
    const conflict =
      values.length === 0 ? "on conflict do nothing" : `on conflict (${names(key)}) do update set ${replaced(definition).join(", ")}`;
    this.upsert = `insert into ${table} as t (${names(this.#columns)}) select * from ${unnest(this.#columns)} ${conflict}`;
  }

  /** The statement of a ledger's rows, if there are any. */
  write(sql: Database, rows: readonly Row[]): Pending {
    return rows.length === 0 ? [] : [send(sql, this.upsert, parameters(this.#columns, rows))];
  }
}

function names(columns: readonly { name: string }[]): string {
  return columns.map(({ name }) => name).join(", ");
}

/** One array parameter a column, from $1 on. */
function unnest(columns: readonly { type: ColumnType }[]): string {
  return `unnest(${columns.map(({ type }, i) => `$${i + 1}::${type}[]`).join(", ")})`;
}

function columnsOf<Row>({ key, fixed = [], values, known = [] }: StateTable<Row>): readonly Column<Row>[] {
  return [...key, ...fixed, ...values, ...known];
}

/** What an upsert sets in a row that is there. */
function replaced<Row>({ values, known = [], reset = [] }: StateTable<Row>): string[] {
  return [
    ...values.map(({ name }) => fromExcluded(name)),
    ...known.map(({ name }) => `${name} = coalesce(excluded.${name}, t.${name})`),
    ...reset.map((name) => `${name} = null`),
  ];
}

function fromExcluded(name: string): string {
  return `${name} = excluded.${name}`;
}

function parameters<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string[] {
  return columns.map((column) => parameter(column, rows));
}

function parameter<Row, Type extends ColumnType>(
  { type, read }: { readonly type: Type; readonly read: (row: Row) => ColumnValues[Type] },
  rows: readonly Row[],
): string {
  return arrayText[type](rows.map(read));
}

/** Prepared once a session, as the driver does with its tagged templates. */
function send(sql: Database, text: string, values: (string | number)[]): PendingQuery<DatabaseRow[]> {
  return sql.unsafe(text, values, { prepare: true });
}
