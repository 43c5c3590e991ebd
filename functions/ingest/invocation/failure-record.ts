import type { Database } from "../../shared/database/session.ts";

/** Where in its way a ledger failed. */
export type Phase = "fetch" | "index" | "persist";

/** A ledger that failed. */
export interface LedgerFailure {
  ledger: number;
  phase: Phase;
  poison: boolean;
  /** Code of the WalletError, `UNEXPECTED` for any other. */
  code: string;
  message: string;
  /** SHA-256 of the ledger's raw bytes; null when the source gave none. */
  digest: Uint8Array | null;
  /** Milliseconds that its write was given, when they were not enough; else null. */
  timedOutMs: number | null;
}

/** Which code tried a ledger. */
export type CodeIdentity = Pick<StoredFailure, "codeVersion" | "knownProtocol">;

/** A failure as the database keeps it. */
export interface StoredFailure {
  ledger: number;
  attempts: number;
  poison: boolean;
  code: string;
  message: string;
  codeVersion: string;
  /** The newest protocol that the code knew. */
  knownProtocol: number;
  /** By the database's clock, milliseconds since 1970. */
  lastAt: number;
  /** The longest time limit that a write of the ledger has exceeded, milliseconds; null: none. */
  timedOutMs: number | null;
}

/** Records one more failed attempt at a ledger. @returns the attempts so far, this one included */
export async function recordFailure(sql: Database, failure: LedgerFailure, code: CodeIdentity): Promise<number> {
  const { ledger, phase, poison, message, digest, timedOutMs } = failure;
  const { codeVersion, knownProtocol } = code;
  const [row] = await sql<{ attempts: number }[]>`
    insert into ingest_failures as f
      (ledger, phase, poison, error_code, error_message, digest, code_version, known_protocol, timed_out_ms)
    values
      (${ledger}, ${phase}, ${poison}, ${failure.code}, ${message}, ${digest}, ${codeVersion}, ${knownProtocol}, ${timedOutMs})
    on conflict (ledger) do update set
      first_at = case when f.resolved_at is null then f.first_at else now() end,
      attempts = case when f.resolved_at is null then f.attempts + 1 else 1 end,
      last_at = now(), phase = excluded.phase, poison = excluded.poison, error_code = excluded.error_code,
      error_message = excluded.error_message, digest = coalesce(excluded.digest, f.digest), code_version = excluded.code_version,
      known_protocol = excluded.known_protocol,
      timed_out_ms = case when f.resolved_at is null then greatest(f.timed_out_ms, excluded.timed_out_ms) else excluded.timed_out_ms end,
      resolved_at = null
    returning attempts`;
  return row!.attempts;
}

/** Closes the records of ledgers that have been written since, and forgets closed ones after 90 days. */
export async function resolveFailures(sql: Database, latest: number): Promise<void> {
  await sql`update ingest_failures set resolved_at = now() where resolved_at is null and ledger <= ${latest}`;
  await sql`delete from ingest_failures where resolved_at < now() - interval '90 days'`;
}

/** The open failure that stands in the way of everything behind `latest`; null when there is none. */
export async function openFailure(sql: Database, latest: number | null): Promise<StoredFailure | null> {
  const [row] = await sql<(Omit<StoredFailure, "lastAt"> & { lastAt: string })[]>`
    select ledger, attempts, poison, error_code as code, error_message as message, code_version as "codeVersion",
      known_protocol as "knownProtocol", timed_out_ms as "timedOutMs", (extract(epoch from last_at) * 1000)::bigint as "lastAt"
    from ingest_failures where resolved_at is null and ledger > ${latest ?? 0} order by ledger limit 1`;
  return row ? { ...row, lastAt: Number(row.lastAt) } : null;
}
