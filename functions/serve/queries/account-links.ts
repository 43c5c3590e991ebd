import { COMMON_KINDS } from "../../shared/columns/history/link-kinds.ts";
import type { DatabaseConnection, Fragment } from "../database/connection.ts";
import type { Snapshot } from "../database/snapshot.ts";
import type { TimeRange } from "../pagination/time-range.ts";

/** Whose links to read, and from where. */
export interface LinkStart {
  /** `AccountKeyMaker.text` */
  key: string;
  /** Close time to begin at, text for timestamptz; null: the end of history that the direction begins at. */
  from: string | null;
}

/** Which links of an account to read: which way, how many. */
export interface LinkRange {
  range: TimeRange;
  /** Only the ledger that closed then; null: any. */
  at: string | null;
  /** True: the link of that very time is read as well. */
  inclusive: boolean;
  backward: boolean;
  /** Bits of `kinds`, one of which a link must have; null: any link. */
  kinds: number | null;
  /** Links with such kinds to read at most. Links of one time are not parted, so accounts that share a key may get one more. */
  limit: number;
  /** Links to look at for them at most. */
  bound: number;
}

/** A link: what one account has in one ledger. */
export interface LinkRow {
  /** The account's place in the list that was asked for, from 1. */
  ordinal: number;
  /** Close time of the ledger as the database writes it. */
  time: string;
  ledger_number: number;
  /** `readRefs`, in the text form of bytea. */
  refs: string;
  /** Is it the link of the time that was begun at? */
  at_start: boolean;
  /** How many links were looked at up to this one; null: only those that are here. */
  place: string | null;
}

/** Bounds on the close time; each is its own condition, so that it can choose partitions. */
function timeBounds(sql: DatabaseConnection, { since, until }: TimeRange) {
  return sql`${since === null ? sql`` : sql`and ledger_created_at >= ${since}`} ${until === null ? sql`` : sql`and ledger_created_at <= ${until}`}`;
}

/** Are all of these kinds in the partial index? What the index holds must be said in the statement, or a generic plan cannot use it. */
function isRare(kinds: number): boolean {
  return (kinds & COMMON_KINDS) === 0;
}

/** A `LinkStart` in SQL. */
interface Start {
  key: Fragment;
  from: Fragment | null;
}

/** The links of the account with this key, from where they begin, in the direction of travel. */
function links(sql: DatabaseConnection, { key, from }: Start, { range, at, inclusive, backward, kinds }: LinkRange) {
  const start =
    from === null
      ? sql``
      : backward
        ? inclusive
          ? sql`and ledger_created_at <= ${from}`
          : sql`and ledger_created_at < ${from}`
        : inclusive
          ? sql`and ledger_created_at >= ${from}`
          : sql`and ledger_created_at > ${from}`;
  return sql`
    from account_links
    where account_key = ${key} ${timeBounds(sql, range)} ${at === null ? sql`` : sql`and ledger_created_at = ${at}`} ${start} ${kinds !== null && isRare(kinds) ? sql`and kinds & -4 <> 0` : sql``}
    order by ledger_created_at ${backward ? sql`desc` : sql``}`;
}

function wanted(sql: DatabaseConnection, start: Start, range: LinkRange) {
  const { backward, kinds, limit, bound } = range;
  const atStart = start.from === null ? sql`false` : sql`time = ${start.from}`;
  const inspected = (most: number) =>
    sql`select ledger_created_at as time, ledger_number, kinds, refs ${links(sql, start, range)} fetch first (${most}) rows with ties`;
  if (kinds === null) return sql`select time, ledger_number, refs, ${atStart} as at_start, null as place from (${inspected(limit)}) l`;
  const travel = backward ? sql`desc` : sql``;
  // The count is in the order of the links, which comes from the index: a count without an order forgets it, and all links would be sorted.
  return sql`
    select time, ledger_number, refs, ${atStart} as at_start, place
    from (select *, row_number() over (order by time ${travel}) as place from (${inspected(bound)}) i) l
    where kinds & ${kinds}::integer <> 0 order by time ${travel} fetch first (${limit}) rows with ties`;
}

/** The start of a statement's only account. */
function onlyStart(sql: DatabaseConnection, { key, from }: LinkStart): Start {
  return { key: sql`${key}`, from: from === null ? null : sql`${from}` };
}

/** Starts as a table `k` with the columns key, start and ordinal. All begin somewhere, or none does. */
function startTable(sql: DatabaseConnection, starts: readonly LinkStart[]): { table: Fragment; start: Start } {
  const keys = sql`${`{${starts.map(({ key }) => key).join(",")}}`}::bigint[]`;
  if (starts[0]!.from === null)
    return { table: sql`unnest(${keys}) with ordinality k (key, ordinal)`, start: { key: sql`k.key`, from: null } };
  const times = `{${starts.map(({ from }) => `"${from}"`).join(",")}}`;
  return {
    table: sql`unnest(${keys}, ${times}::timestamptz[]) with ordinality k (key, start, ordinal)`,
    start: { key: sql`k.key`, from: sql`k.start` },
  };
}

/**
 * Links of accounts, each account's in the direction of travel.
 * @param starts all begin at a time, or all at the end of history
 */
export function linksOfAccounts(snapshot: Snapshot, starts: readonly LinkStart[], range: LinkRange): Promise<LinkRow[]> {
  return snapshot.query<LinkRow>((sql) => {
    if (starts.length === 1) return sql`select 1 as ordinal, l.* from (${wanted(sql, onlyStart(sql, starts[0]!), range)}) l`;
    const { table, start } = startTable(sql, starts);
    return sql`
      select k.ordinal::integer, l.* from ${table} cross join lateral (${wanted(sql, start, range)}) l
      order by k.ordinal, l.time ${range.backward ? sql`desc` : sql``}`;
  });
}

/**
 * The time of the last link that the bound lets in, of each account that has so many. The index alone tells it.
 * @param starts all begin at a time, or all at the end of history
 */
export function lastInspected(
  snapshot: Snapshot,
  starts: readonly LinkStart[],
  range: LinkRange,
): Promise<{ ordinal: number; time: string }[]> {
  return snapshot.query<{ ordinal: number; time: string }>((sql) => {
    const last = (start: Start) => sql`select ledger_created_at as time ${links(sql, start, range)} offset ${range.bound - 1} limit 1`;
    if (starts.length === 1) return sql`select 1 as ordinal, l.time from (${last(onlyStart(sql, starts[0]!))}) l`;
    const { table, start } = startTable(sql, starts);
    return sql`select k.ordinal::integer, l.time from ${table} cross join lateral (${last(start)}) l`;
  });
}
