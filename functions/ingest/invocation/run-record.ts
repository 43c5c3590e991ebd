import type { Database } from "../../shared/database/session.ts";
import type { RunReport } from "./run-report.ts";

/** Invocations that are remembered: eight hours of one a minute. */
const KEPT_RUNS = 500;

/**
 * Records that this invocation has begun, or is being retried. Other rows still `running` belong to invocations that were
 * killed: the lock is ours, so no other invocation runs.
 * @returns the record's id and how many were lost
 */
export async function beginRun(sql: Database, report: Readonly<RunReport>, deadline: number): Promise<{ id: string; lost: number }> {
  const ahead = report.databaseAhead ?? 0;
  const lost = await sql`
    update ingest_runs set outcome = 'lost', ended_at = now() where outcome = 'running' and id is distinct from ${report.runId}::bigint`;
  const [row] = await sql<{ id: string }[]>`
    insert into ingest_runs (request_id, code_version, source, started_at, deadline)
    select ${report.requestId}, ${report.codeVersion}, ${report.source}, to_timestamp(${String(report.startedAt / 1000 + ahead)}::float8),
      to_timestamp(${String(deadline / 1000 + ahead)}::float8)
    where ${report.runId}::bigint is null
    returning id`;
  return { id: row?.id ?? report.runId!, lost: lost.count };
}

/** Records the end of the invocation (or how far it came before a retry) and forgets the oldest records. */
export async function endRun(sql: Database, report: Readonly<RunReport>): Promise<void> {
  const { runId, outcome, from, to, ledgers, retries, lockStolen, failure } = report;
  if (runId === null) return;
  await sql`
    update ingest_runs set ended_at = now(), outcome = ${outcome}, from_ledger = ${from}, to_ledger = ${to}, ledgers = ${ledgers},
      retries = ${retries}, lock_stolen = ${lockStolen}, error_code = ${failure?.code ?? null}, error_message = ${failure?.message ?? null}
    where id = ${runId}::bigint`;
  await sql`delete from ingest_runs where id <= ${runId}::bigint - ${KEPT_RUNS}`;
}
