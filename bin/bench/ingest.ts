import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { LedgerSource } from "../../functions/ingest/source/ledger-source.ts";
import { WalletError } from "../../functions/shared/errors.ts";
import { ingestOnce } from "../runtime/ingest-once.ts";
import { percentile } from "./percentile.ts";

/** What ingesting a chain into an empty database takes. */
export interface IngestFigures {
  ledgers: number;
  ledgersPerSecond: number;
  /** Wall milliseconds a ledger, from one commit to the next. */
  ledger: number;
  /** Milliseconds a ledger: decoding, indexing and encoding, which overlap with the writing of the ledger before. */
  index: PhaseFigures;
  /** Milliseconds a ledger: from begin to the answer of the commit. */
  persist: PhaseFigures;
  /** Highest resident memory of the process, MB. */
  peakMemory: number;
}

export interface PhaseFigures {
  mean: number;
  p50: number;
  p95: number;
}

function phase(times: number[]): PhaseFigures {
  return { mean: times.reduce((sum, time) => sum + time, 0) / times.length, p50: percentile(times, 0.5), p95: percentile(times, 0.95) };
}

/** Ingests everything that the source has, with the handler of the ingest function. */
export async function measureIngest(environment: NodeJS.ProcessEnv, source: LedgerSource, passphrase: string): Promise<IngestFigures> {
  const index: number[] = [];
  const persist: number[] = [];
  const start = performance.now();
  const { ledgers } = await ingestOnce({
    environment,
    source,
    passphrase,
    startLedger: null,
    tailSeconds: 0,
    signal: new AbortController().signal,
    onLedger: ({ indexMs, persistMs }) => {
      index.push(indexMs);
      persist.push(persistMs);
    },
  });
  const elapsed = performance.now() - start;
  return {
    ledgers,
    ledgersPerSecond: (ledgers * 1000) / elapsed,
    ledger: elapsed / ledgers,
    index: phase(index),
    persist: phase(persist),
    peakMemory: process.resourceUsage().maxRSS / 1024,
  };
}

/**
 * Measures ingestion in a process of its own.
 * @param environment options of `wallet bench` by their environment names, DATABASE_URL among them
 * @throws WalletError VERIFY_FAILED with what the process said
 */
export async function benchIngest(environment: NodeJS.ProcessEnv): Promise<IngestFigures> {
  const script = fileURLToPath(new URL("ingest-process.ts", import.meta.url));
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [...process.execArgv, script], { env: environment });
    return JSON.parse(stdout) as IngestFigures;
  } catch (error) {
    const said = (error as { stderr?: string }).stderr ?? String(error);
    throw new WalletError("VERIFY_FAILED", `The benchmark's ingestion failed: ${said.trim()}`, {}, { cause: error });
  }
}
