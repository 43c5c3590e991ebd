import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { zstdCompressSync } from "node:zlib";
import { INGEST_MEMORY } from "../../functions/ingest/environment.ts";
import type { LedgerSource } from "../../functions/ingest/source/ledger-source.ts";
import { WalletError } from "../../functions/shared/errors.ts";
import { bundleFunction } from "../../tools/bundle-function.ts";
import { ingestOnce, type Overlay } from "../runtime/ingest-once.ts";
import { lambdaHeap } from "../runtime/lambda-heap.ts";
import { peakMemory } from "../runtime/peak-memory.ts";
import { largeLedgers, TEN_TIMES_TODAY } from "./large-ledgers.ts";
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

/** What ingesting a few ledgers in a fresh process takes. */
interface FreshFigures extends Pick<IngestFigures, "ledgers" | "fresh" | "peakMemory"> {}

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

/** Ingests the source in a process that has done nothing before. @param databaseUrl of an empty, migrated database */
export async function measureFresh(databaseUrl: string, source: LedgerSource, passphrase: string): Promise<FreshFigures> {
  const times = await ingestAll(databaseUrl, source, passphrase);
  return { ledgers: times.index.length, fresh: run(times), peakMemory: peakMemory() };
}

/**
 * Ingests the source into each of the databases: as the function does into the first and the last, else one ledger at a time.
 * @param databaseUrls empty, migrated databases, at least three
 */
export async function measureIngest(databaseUrls: readonly string[], source: LedgerSource, passphrase: string): Promise<IngestFigures> {
  const fresh = await measureFresh(databaseUrls[0]!, source, passphrase);
  const alone: number[][] = [];
  for (const url of databaseUrls.slice(1, -1)) {
    const { source: gated, written } = oneAtATime(source);
    alone.push((await ingestAll(url, gated, passphrase, written)).persist);
  }
  const warm = await ingestAll(databaseUrls.at(-1)!, source, passphrase);
  return {
    ...fresh,
    warm: run(warm),
    persistAlone: phase(warm.index.map((_, ledger) => Math.min(...alone.map((times) => times[ledger]!)))),
  };
}

/** Runs ingest-process.ts, bundled, and gives what it prints. @throws WalletError BENCHMARK_FAILED with what the process said */
async function runProcess(
  databaseUrls: readonly string[],
  folder: string,
  environment: NodeJS.ProcessEnv,
  nodeOptions: string[],
): Promise<unknown> {
  const bundle = join(folder, "ingest.mjs");
  await bundleFunction(fileURLToPath(new URL("ingest-process.ts", import.meta.url)), bundle);
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [...nodeOptions, bundle, ...databaseUrls], { env: environment });
    return JSON.parse(stdout);
  } catch (error) {
    const said = (error as { stderr?: string }).stderr ?? String(error);
    throw new WalletError("BENCHMARK_FAILED", `The benchmark's ingestion failed: ${said.trim()}`, {}, { cause: error });
  }
}

/**
 * Measures ingestion as it is deployed: bundled, in a process of its own.
 * @param databaseUrls as for `measureIngest`
 * @param folder for the bundle
 * @param environment options of `wallet bench` by their environment names
 * @throws WalletError BENCHMARK_FAILED with what the process said
 */
export async function benchIngest(databaseUrls: readonly string[], folder: string, environment: NodeJS.ProcessEnv): Promise<IngestFigures> {
  return (await runProcess(databaseUrls, folder, environment, process.execArgv)) as IngestFigures;
}

/** What ledgers ten times as large as today's take. */
export interface LargeFigures extends FreshFigures {
  /** Of one ledger, uncompressed. */
  bytes: number;
  transactions: number;
}

/** Large ledgers in a row: while one is written the next is indexed and one more may be fetched. */
const LARGE_LEDGERS = 6;

/**
 * As benchIngest, for ledgers of ten times today's size made of the samples' transactions, with the heap that Lambda gives the function's
 * default memory.
 * @param databaseUrl of an empty, migrated database
 * @param samples raw ledgers
 * @returns null when no sample can be used
 * @throws WalletError BENCHMARK_FAILED with what the process said
 */
export async function benchLargeLedgers(
  databaseUrl: string,
  folder: string,
  samples: readonly Uint8Array[],
  passphrase: string,
  environment: NodeJS.ProcessEnv,
): Promise<LargeFigures | null> {
  const ledgers = largeLedgers(samples, passphrase, TEN_TIMES_TODAY, LARGE_LEDGERS);
  if (ledgers.length === 0) return null;
  const directory = join(folder, "large-ledgers");
  mkdirSync(directory);
  for (const [i, bytes] of ledgers.entries()) writeFileSync(join(directory, `${i + 1}.xdr.zst`), zstdCompressSync(bytes));
  const named: Overlay = { LEDGERS: directory, NETWORK_PASSPHRASE: passphrase };
  const figures = (await runProcess([databaseUrl], folder, { ...environment, ...named }, lambdaHeap(INGEST_MEMORY))) as FreshFigures;
  return { ...figures, bytes: ledgers[0]!.length, transactions: TEN_TIMES_TODAY.transactions };
}
