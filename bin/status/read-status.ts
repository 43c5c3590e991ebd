import { lockKey } from "../../functions/ingest/invocation/lock.ts";
import { resolveNetwork } from "../../functions/shared/network.ts";
import type { Database } from "../../functions/shared/database/session.ts";
import { readSchemaVersion } from "../../functions/shared/database/schema-version.ts";

/** A table with everything below it. */
interface TableSize {
  table: string;
  bytes: number;
  /** Partitions or chunks. */
  partitions: number;
}

/** An invocation of ingest as `ingest_runs` tells it; times are UTC text. */
export interface RunRow {
  started_at: string;
  ended_at: string | null;
  outcome: string;
  from_ledger: number | null;
  to_ledger: number | null;
  ledgers: number;
  retries: number;
  error_code: string | null;
}

/** A ledger that cannot be written yet (an open failure). */
interface FailureRow {
  ledger: number;
  attempts: number;
  phase: string;
  poison: boolean;
  error_code: string;
  error_message: string;
  last_at: string;
}

/** What `wallet status` shows. */
export interface Status {
  schemaVersion: number;
  network: string | null;
  /** Null before the first ledger. */
  latest: { ledger: number; closedAt: string; ageSeconds: number } | null;
  oldest: number | null;
  /** The network's newest ledger when ingest last asked, and how far the database is behind it. */
  tip: number | null;
  lag: number | null;
  /** Missing ledgers between oldest and latest: first and last of each gap. */
  gaps: { first: number; last: number }[];
  /** Who holds the ingest lock now: the application name. */
  holder: string | null;
  databaseBytes: number;
  tables: TableSize[];
  /** First and last day that have partitions; null when there are none. */
  days: { first: string; last: string } | null;
  /** What Stellar RPC is still to be asked for: tokens that wait for their metadata, missing code, tokens with balances (or NFTs) that have not been told. */
  queue: { pending: number; code: number; repair: number } | null;
  failures: FailureRow[];
  runs: RunRow[];
}

const SHOWN_GAPS = 20;
const SHOWN_RUNS = 10;

async function exists(sql: Database, table: string): Promise<boolean> {
  const [row] = await sql<{ found: boolean }[]>`select to_regclass(${table}) is not null as found`;
  return row!.found;
}

/** Missing sequences, by a look at every neighbour: an index scan over one row a ledger. */
async function readGaps(sql: Database): Promise<Status["gaps"]> {
  return [
    ...(await sql<Status["gaps"]>`
      select sequence + 1 as first, following - 1 as last
      from (select sequence, lead(sequence) over (order by sequence) as following from ledgers) pairs
      where following > sequence + 1 order by 1 limit ${SHOWN_GAPS}`),
  ];
}

async function readTables(sql: Database): Promise<TableSize[]> {
  const rows = await sql<{ table: string; bytes: string; partitions: number }[]>`
    with recursive tree as (
      select oid as root, oid from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
      union all select tree.root, i.inhrelid from tree join pg_inherits i on i.inhparent = tree.oid
    )
    select root::regclass::text as "table", sum(pg_total_relation_size(oid))::bigint as bytes, count(*)::int - 1 as partitions
    from tree group by root order by 2 desc`;
  return rows.map((row) => ({ ...row, bytes: Number(row.bytes) }));
}

async function readDays(sql: Database): Promise<Status["days"]> {
  const [timescale] = await sql`select 1 from pg_extension where extname = 'timescaledb'`;
  const [row] = timescale
    ? await sql<{ first: string | null; last: string | null }[]>`
        select min(range_start)::date::text as first, (max(range_end) - interval '1 day')::date::text as last
        from timescaledb_information.chunks where hypertable_name = 'transactions'`
    : await sql<{ first: string | null; last: string | null }[]>`
        select min(to_date(right(c.relname, 8), 'YYYYMMDD'))::text as first, max(to_date(right(c.relname, 8), 'YYYYMMDD'))::text as last
        from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'transactions'::regclass and c.relname ~ '_[0-9]{8}$'`;
  return row?.first && row.last ? { first: row.first, last: row.last } : null;
}

/** Reads everything. @param network of the settings @throws the database's error, e.g. 42P01 when it was never migrated */
export async function readStatus(sql: Database, network: string): Promise<Status> {
  const version = await readSchemaVersion(sql);
  const [cursor] = await sql<
    { ledger: number | null; closed_at: string | null; age: number | null; tip: number | null; oldest: number | null }[]
  >`
    select ledger, closed_at, extract(epoch from now() - closed_at)::integer as age, network_tip as tip,
      (select ledger from cursors where name = 'oldest') as oldest
    from cursors where name = 'latest'`;
  const [passphrase] = await sql<{ passphrase: string }[]>`select passphrase from network`;
  // An ingest that was given no network, as by `wallet start`, names the lock after the passphrase.
  const held = passphrase ? resolveNetwork({ networkPassphrase: passphrase.passphrase }).network : network;
  const [holder] = await sql<{ name: string }[]>`
    select coalesce(nullif(a.application_name, ''), 'pid ' || l.pid) as name from pg_locks l left join pg_stat_activity a on a.pid = l.pid
    where l.locktype = 'advisory' and l.granted and l.objsubid = 1
      and l.database = (select oid from pg_database where datname = current_database())
      and ((l.classid::bigint << 32) | l.objid::bigint) in (${lockKey(network)}::bigint, ${lockKey(held)}::bigint) limit 1`;
  const [size] = await sql<{ bytes: string }[]>`select pg_database_size(current_database()) as bytes`;
  const [queue] = (await exists(sql, "repair_queue"))
    ? await sql<NonNullable<Status["queue"]>[]>`
        select (select count(*)::int from metadata_queue where status = 'pending') as pending,
          (select count(*)::int from code_queue) as code, (select count(*)::int from repair_queue where rounds = 0 and next_try < 'infinity') as repair`
    : [];
  const recorded = await exists(sql, "ingest_runs");
  const { ledger = null, closed_at: closedAt = null, age = null, tip = null, oldest = null } = cursor ?? {};
  return {
    schemaVersion: version,
    network: passphrase?.passphrase ?? null,
    latest: ledger === null ? null : { ledger, closedAt: closedAt!, ageSeconds: age! },
    oldest,
    tip,
    lag: tip === null || ledger === null ? null : tip - ledger,
    gaps: await readGaps(sql),
    holder: holder?.name ?? null,
    databaseBytes: Number(size!.bytes),
    tables: await readTables(sql),
    days: await readDays(sql),
    queue: queue ?? null,
    failures: recorded
      ? [
          ...(await sql<FailureRow[]>`select ledger, attempts, phase, poison, error_code, error_message, last_at from ingest_failures
            where resolved_at is null order by ledger`),
        ]
      : [],
    runs: recorded
      ? [
          ...(await sql<
            RunRow[]
          >`select started_at, ended_at, outcome, from_ledger, to_ledger, ledgers, retries, error_code from ingest_runs
            order by id desc limit ${SHOWN_RUNS}`),
        ]
      : [],
  };
}
