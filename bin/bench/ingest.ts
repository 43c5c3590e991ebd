import type { LedgerSource } from "../../functions/ingest/source/ledger-source.ts";
import { ingestOnce } from "../runtime/ingest-once.ts";

/** What ingesting a chain into an empty database takes. */
export interface IngestFigures {
  ledgers: number;
  ledgersPerSecond: number;
  /** Milliseconds from begin to commit: the middle one and the 95th of 100. */
  persistP50: number;
  persistP95: number;
  /** Highest resident memory of this process, MB. */
  peakMemory: number;
}

/** The value below which `share` of the sorted values lie. */
export function percentile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

/** Ingests everything that the source has, with the loop of the ingest function. */
export async function benchIngest(databaseUrl: string, source: LedgerSource, passphrase: string): Promise<IngestFigures> {
  const persist: number[] = [];
  const start = performance.now();
  const { ledgers } = await ingestOnce({
    environment: { DATABASE_URL: databaseUrl },
    source,
    passphrase,
    startLedger: null,
    tailSeconds: 0,
    signal: new AbortController().signal,
    onLedger: ({ persistMs }) => persist.push(persistMs),
  });
  const seconds = (performance.now() - start) / 1000;
  return {
    ledgers,
    ledgersPerSecond: ledgers / seconds,
    persistP50: percentile(persist, 0.5),
    persistP95: percentile(persist, 0.95),
    peakMemory: process.resourceUsage().maxRSS / 1024,
  };
}
