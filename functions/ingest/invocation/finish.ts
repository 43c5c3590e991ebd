import type { Database } from "../../shared/database/session.ts";
import { withTimeout } from "../../shared/timeout.ts";
import { DEFAULT_COMPRESS_AFTER_DAYS, reconcileCompression } from "../maintenance/compression.ts";
import { sweepAllowances } from "../maintenance/expired-allowances.ts";
import { makePartitionsAhead } from "../maintenance/partitions.ts";
import { watchProtocol } from "../maintenance/protocol-watch.ts";
import { refutedLayouts } from "../maintenance/refuted-layouts.ts";
import { applyRetention } from "../maintenance/retention.ts";
import { askRpc } from "../tokens/ask-rpc.ts";
import { bounded } from "./bounded-session.ts";
import { resolveFailures } from "./failure-record.ts";
import { endRun } from "./run-record.ts";
import type { RunReport } from "./run-report.ts";
import type { RunOptions } from "./run.ts";

/** Bound of one of the last steps, and what is kept of the time for those that follow, milliseconds. */
export const FINISH_MS = 5_000;
const TIP_MS = 3_000;
/** Dropping partitions is quick once their lock is there; deleting a batch of rows too. */
const RETENTION_MS = 60_000;
/** Asking the test network takes no longer, once a day. */
const UPCOMING_MS = 8_000;
/** The pass over what Stellar RPC is asked for takes no longer: the next invocation waits for the lock. */
const RPC_MS = 10_000;

/**
 * What is done after the last ledger, under the lock: maintenance, what RPC is asked for, tip, records. The ledgers are safe; nothing here
 * may undo that. The report's outcome is set already.
 * @param partitionedDays days whose partitions this session has made
 */
export async function finishRun(sql: Database, options: RunOptions, report: RunReport, partitionedDays: Set<number>): Promise<void> {
  if (report.outcome !== "backing-off") {
    await maintain(sql, options, report, partitionedDays);
    await completeTokens(sql, options, report);
  }
  await readTip(options, report);
  await readUpcoming(sql, options, report);
  await bounded(sql, "closing the records", closeRecords(sql, report));
}

/** Partitions, retention and what tokens need, when no ledger waits for it. */
async function maintain(sql: Database, options: RunOptions, report: RunReport, partitionedDays: Set<number>): Promise<void> {
  const { retentionDays = null, compressAfterDays = DEFAULT_COMPRESS_AFTER_DAYS, deadline } = options;
  const { cursor } = report;
  if (!cursor) return;
  await bounded(sql, "making partitions", makePartitionsAhead(sql, cursor.closedAt, partitionedDays));
  await bounded(sql, "applying the compression settings", reconcileCompression(sql, compressAfterDays));
  report.expiredAllowances = await bounded(sql, "sweeping allowances", sweepAllowances(sql, cursor.ledger));
  const { from, to } = report;
  if (from !== null && to !== null)
    report.refutedLayouts = await bounded(sql, "looking for refuted layouts", refutedLayouts(sql, from, to));
  const leftMs = deadline - FINISH_MS - Date.now();
  if (retentionDays === null || leftMs < FINISH_MS) return;
  report.retention = await bounded(sql, "retention", applyRetention(sql, retentionDays, cursor.closedAt), Math.min(leftMs, RETENTION_MS));
}

/** What the ledgers leave open about tokens, by Stellar RPC, for a bounded time. */
async function completeTokens(sql: Database, options: RunOptions, report: RunReport): Promise<void> {
  const { rpcUrl, networkPassphrase, deadline, signal, onRpc } = options;
  if (signal?.aborted) return;
  const until = Math.min(deadline - FINISH_MS, Date.now() + RPC_MS);
  const summary = await askRpc(sql, { rpcUrl, networkPassphrase, deadline: until, signal });
  report.queues = { ...summary.queues };
  report.refutedLayouts = [...report.refutedLayouts, ...summary.layouts.refuted];
  onRpc?.(summary);
}

async function readTip({ source, signal, deadline }: RunOptions, report: RunReport): Promise<void> {
  if (!source.latest || signal?.aborted || Date.now() + TIP_MS > deadline) return;
  report.tip = await withTimeout(TIP_MS, "asking for the newest ledger", source.latest()).catch(() => null);
}

/** A look ahead must not undo what was done: whatever fails, nothing is known. */
async function readUpcoming(sql: Database, { testNetwork, signal, deadline }: RunOptions, report: RunReport): Promise<void> {
  if (!testNetwork || signal?.aborted || Date.now() + UPCOMING_MS + FINISH_MS > deadline) return;
  const bound = AbortSignal.any([AbortSignal.timeout(UPCOMING_MS), ...(signal ? [signal] : [])]);
  report.upcoming = await watchProtocol(sql, testNetwork, bound).catch(() => null);
}

async function closeRecords(sql: Database, report: RunReport): Promise<void> {
  const { to, tip } = report;
  if (tip !== null) await sql`update cursors set network_tip = ${tip} where name = 'latest'`;
  if (to !== null) await resolveFailures(sql, to);
  await endRun(sql, report);
}
