import type { RunRow, Status } from "./read-status.ts";

const UNITS = ["B", "kB", "MB", "GB", "TB"] as const;

/** E.g. `12.3 MB`. */
function describeBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  for (; value >= 1000 && unit < UNITS.length - 1; unit++) value /= 1000;
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`;
}

function describeRun(run: RunRow): string {
  const many = `${run.ledgers} ledgers (${run.from_ledger} to ${run.to_ledger})`;
  const range = run.ledgers === 0 ? "no ledger" : run.ledgers === 1 ? `ledger ${run.to_ledger}` : many;
  const notes = [run.retries > 0 ? `${run.retries} retries` : "", run.error_code ?? ""].filter((note) => note !== "");
  return `  ${run.started_at.slice(0, 19)}  ${run.outcome.padEnd(11)} ${range}${notes.length > 0 ? `, ${notes.join(", ")}` : ""}`;
}

/** Lines for people. */
export function describeStatus(status: Status): string {
  const { latest, oldest, tip, lag, gaps, days } = status;
  const lines = [
    `network    ${status.network ?? "none yet"}; schema version ${status.schemaVersion}`,
    latest
      ? `newest     ledger ${latest.ledger}, closed ${latest.closedAt} (${latest.ageSeconds} s ago)${lag === null || lag <= 0 ? "" : `; ${lag} behind ledger ${tip}, the network's newest when ingest last asked`}`
      : "newest     no ledger yet",
    `oldest     ${oldest === null ? "none" : `ledger ${oldest}`}`,
    `gaps       ${gaps.length === 0 ? "none" : gaps.map(({ first, last }) => (first === last ? first : `${first} to ${last}`)).join(", ")}`,
    `lock       ${status.holder === null ? "free" : `held by ${status.holder}`}`,
    `size       ${describeBytes(status.databaseBytes)}`,
    `days       ${days ? `${days.first} to ${days.last}` : "no partitions yet"}`,
    `queue      ${status.queue ? `${status.queue.pending} tokens wait for their metadata, ${status.queue.code} codes of contracts are missing, ${status.queue.repair} tokens have not told all balances` : "none"}`,
    "",
    "tables",
    ...status.tables.map(
      ({ table, bytes, partitions }) =>
        `  ${table.padEnd(26)} ${describeBytes(bytes).padStart(10)}${partitions > 0 ? `  ${partitions} partitions` : ""}`,
    ),
    "",
    "last runs",
    ...(status.runs.length === 0 ? ["  none"] : status.runs.map(describeRun)),
  ];
  if (status.failures.length > 0) {
    lines.push("", "ledgers that fail");
    for (const f of status.failures)
      lines.push(`  ${f.ledger}: ${f.attempts} attempts, last ${f.last_at.slice(0, 19)}, ${f.phase}: ${f.error_code}: ${f.error_message}`);
  }
  return lines.join("\n");
}
