import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { LedgerSource } from "../../functions/ingest/source/ledger-source.ts";
import { WalletError } from "../../functions/shared/errors.ts";
import { bundleFunction } from "../../tools/bundle-function.ts";
import { ingestOnce, type Overlay } from "../runtime/ingest-once.ts";
import { oneAtATime } from "./one-at-a-time.ts";
import { phase, type PhaseFigures } from "./phase.ts";

/** What ingesting a chain into an empty database takes. */
export interface IngestFigures {
  ledgers: number;
  /** The first time in a process, and once its code is compiled. */
  fresh: RunFigures;
  warm: RunFigures;
  /** As `persist` with nothing else under way, each ledger's fastest of several databases. */
  persistAlone: PhaseFigures;
  /** Highest resident memory of the fresh process, MB. */
  peakMemory: number;
}

/** One ingestion of the chain. */
export interface RunFigures {
  ledgersPerSecond: number;
  /** Wall milliseconds a ledger, from one commit to the next. */
  ledger: number;
  /** Milliseconds a ledger: decoding, indexing and encoding, which overlap with the writing of the ledger before. */
  index: PhaseFigures;
  /** Milliseconds a ledger: from begin to the answer of the commit. */
  persist: PhaseFigures;
}

/** Milliseconds of each ledger's phases, in the order of the ledgers, and of all together. */
interface Times {
  index: number[];
  persist: number[];
  elapsed: number;
}

function run({ index, persist, elapsed }: Times): RunFigures {
  return {
    ledgersPerSecond: (index.length * 1000) / elapsed,
    ledger: elapsed / index.length,
    index: phase(index),
    persist: phase(persist),
  };
}

/** Ingests everything that the source has, with the handler of the ingest function. */
async function ingestAll(databaseUrl: string, source: LedgerSource, passphrase: string, onWritten?: () => void): Promise<Times> {
  const times: Times = { index: [], persist: [], elapsed: 0 };
  const start = performance.now();
  const database: Overlay = { DATABASE_URL: databaseUrl, INGEST_DATABASE_URL: databaseUrl, DATABASE_SECRET_ARN: undefined };
  await ingestOnce({
    environment: { ...process.env, ...database },
    source,
    passphrase,
    startLedger: null,
    tailSeconds: 0,
    signal: new AbortController().signal,
    onLedger: ({ indexMs, persistMs }) => {
      times.index.push(indexMs);
      times.persist.push(persistMs);
      onWritten?.();
    },
  });
  times.elapsed = performance.now() - start;
  return times;
}

/**
 * Ingests the source into each of the databases: as the function does into the first and the last, else one ledger at a time.
 * @param databaseUrls empty, migrated databases, at least three
 */
export async function measureIngest(databaseUrls: readonly string[], source: LedgerSource, passphrase: string): Promise<IngestFigures> {
  const fresh = await ingestAll(databaseUrls[0]!, source, passphrase);
  const peakMemory = process.resourceUsage().maxRSS / 1024;
  const alone: number[][] = [];
  for (const url of databaseUrls.slice(1, -1)) {
    const { source: gated, written } = oneAtATime(source);
    alone.push((await ingestAll(url, gated, passphrase, written)).persist);
  }
  const warm = await ingestAll(databaseUrls.at(-1)!, source, passphrase);
  return {
    ledgers: fresh.index.length,
    fresh: run(fresh),
    warm: run(warm),
    persistAlone: phase(fresh.index.map((_, ledger) => Math.min(...alone.map((times) => times[ledger]!)))),
    peakMemory,
  };
}

/**
 * Measures ingestion as it is deployed: bundled, in a process of its own.
 * @param databaseUrls as for `measureIngest`
 * @param folder for the bundle
 * @param environment options of `wallet bench` by their environment names
 * @throws WalletError BENCHMARK_FAILED with what the process said
 */
export async function benchIngest(databaseUrls: readonly string[], folder: string, environment: NodeJS.ProcessEnv): Promise<IngestFigures> {
  const bundle = join(folder, "ingest.mjs");
  await bundleFunction(fileURLToPath(new URL("ingest-process.ts", import.meta.url)), bundle);
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [...process.execArgv, bundle, ...databaseUrls], { env: environment });
    return JSON.parse(stdout) as IngestFigures;
  } catch (error) {
    const said = (error as { stderr?: string }).stderr ?? String(error);
    throw new WalletError("BENCHMARK_FAILED", `The benchmark's ingestion failed: ${said.trim()}`, {}, { cause: error });
  }
}
