import { readFileSync } from "node:fs";
import { readIngestEnvironment } from "../../functions/ingest/environment.ts";
import { createIngestHandler } from "../../functions/ingest/handler.ts";
import { summarize, type RunSummary } from "../../functions/ingest/invocation/run-report.ts";
import type { LedgerProgress } from "../../functions/ingest/invocation/run.ts";
import type { LedgerSource } from "../../functions/ingest/source/ledger-source.ts";
import { WalletError, type ErrorCode } from "../../functions/shared/errors.ts";
import { SANDBOX_PASSPHRASE } from "../fixtures/sandbox-ledgers.ts";

/** The closed set, as it is written in the code. */
const CODES = new Set(
  [...readFileSync(new URL("../../functions/shared/errors.ts", import.meta.url), "utf8").matchAll(/^ {2}\| "([A-Z_]+)"/gm)].map(
    (m) => m[1]!,
  ),
);

interface InvocationOptions {
  databaseUrl: string;
  source: LedgerSource;
  /** Stop after so many ledgers. */
  ledgers?: number;
  /** How long to follow the tip, whole seconds. */
  tailSeconds?: number;
  /** What Lambda says is left, milliseconds. */
  remaining?: number;
  /** The wait before the first retry; it doubles. Default: 10 milliseconds. */
  retryWaitMs?: number;
  onLedger?: (progress: LedgerProgress) => void;
}

/** How an invocation ended: with its summary or with an error of the closed set. */
export type Ending = { summary: RunSummary; code: null } | { summary: null; code: ErrorCode; message: string };

/** No invocation may take longer: a hang is a failure, and Lambda would bill it. */
const LONGEST_MS = 60_000;

/**
 * One invocation of the ingest handler, as the scheduler starts it.
 * @throws Error when it ends in any other way than it may, or not at all
 */
export async function invoke({
  databaseUrl,
  source,
  ledgers,
  tailSeconds = 0,
  remaining,
  retryWaitMs = 10,
  onLedger,
}: InvocationOptions): Promise<Ending> {
  const environment = {
    DATABASE_URL: databaseUrl,
    NETWORK_PASSPHRASE: SANDBOX_PASSPHRASE,
    INGEST_TAIL_SECONDS: String(tailSeconds),
    START_LEDGER: "1",
  };
  const stop = new AbortController();
  let seen = 0;
  let timer: NodeJS.Timeout | undefined;
  const hang = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`an invocation hung: not over after ${LONGEST_MS} ms`)), LONGEST_MS);
  });
  const handler = createIngestHandler(readIngestEnvironment(environment), source);
  const context = { getRemainingTimeInMillis: () => remaining ?? 120_000 };
  const hooks = {
    signal: stop.signal,
    retryWaitMs,
    onLedger: (progress: LedgerProgress) => {
      onLedger?.(progress);
      if (++seen === ledgers) stop.abort();
    },
  };
  try {
    return { summary: summarize(await Promise.race([handler({}, context, hooks), hang])), code: null };
  } catch (error) {
    if (!(error instanceof WalletError) || !CODES.has(error.code)) throw error;
    return { summary: null, code: error.code, message: error.message };
  } finally {
    clearTimeout(timer);
  }
}
