import type { LedgerProgress } from "../../functions/ingest/invocation/run.ts";

/** Between two lines, milliseconds. */
const EVERY_MS = 2_000;

/**
 * Tells how a long ingestion goes: a line every two seconds while ledgers are being written, none for a run that is done sooner.
 * @param write takes a line with its end
 * @param now milliseconds, monotonic
 */
export function progressLines(
  write: (line: string) => void,
  now: () => number = () => performance.now(),
): (progress: LedgerProgress) => void {
  let said = now();
  let ledgers = 0;
  return ({ ledger, closedAt }) => {
    ledgers++;
    const elapsed = now() - said;
    if (elapsed < EVERY_MS) return;
    const closed = new Date(Number(closedAt) * 1000).toISOString().replace(".000Z", "Z");
    write(`ingest: ledger ${ledger}, closed ${closed}, ${((ledgers * 1000) / elapsed).toFixed(1)} ledgers/s\n`);
    said = now();
    ledgers = 0;
  };
}
