import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { WalletError } from "../../shared/errors.ts";
import { XdrError } from "../ledger/words.ts";
import { decompress } from "./decompress.ts";
import { ledgerFiles, newestLakeLedger, readLakeConfig } from "./ledger-directory.ts";
import { ledgerFrames, peekSequence } from "./ledger-frames.ts";
import type { LedgerFile } from "./lake-names.ts";
import type { LedgerSource, OpenOptions, RawLedger } from "./ledger-source.ts";

/** Options of `fileSource`. */
export interface FileSourceOptions {
  /** When given, a lake of another network is refused. */
  passphrase?: string;
  /** Milliseconds between looks for new files at the tip; 1000 by default. */
  pollMilliseconds?: number;
}

function corrupt(path: string, expected: number | null, error: unknown): unknown {
  if (!(error instanceof XdrError)) return error;
  const ledger = expected === null ? "" : `, ledger ${expected}`;
  return new WalletError(
    "LEDGER_CORRUPT",
    `${path}${ledger}: ${error.message}. Fetch the file again.`,
    { file: path, ledger: expected, offset: error.offset },
    { cause: error },
  );
}

/**
 * The ledgers of one file (bare, framed or a lake's batch; gzip, zstd or plain), in the file's order.
 * @param path the file
 * @param expected the ledger that should come first, for errors
 * @throws WalletError LEDGER_UNREADABLE (cannot be read or decompressed), LEDGER_CORRUPT (content)
 */
export async function* readLedgerFile(path: string, expected: number | null = null): AsyncGenerator<RawLedger> {
  let bytes: Uint8Array;
  try {
    bytes = await decompress(path, await readFile(path));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const ledger = expected === null ? "" : `, ledger ${expected}`;
    throw new WalletError(
      "LEDGER_UNREADABLE",
      `${path}${ledger} cannot be read: ${reason}. Fetch the file again.`,
      { file: path, ledger: expected },
      { cause: error },
    );
  }
  let at = expected;
  try {
    const { range, frames } = ledgerFrames(bytes);
    if (range && expected === null) at = range.first;
    let claimed = range?.first ?? null;
    for (const frame of frames) {
      const sequence = peekSequence(frame);
      if (claimed !== null && sequence !== claimed++)
        throw new XdrError(`LedgerCloseMetaBatch with ledger ${sequence} in the place of ${claimed - 1}`, 0);
      yield { bytes: frame, sequence, origin: `${path}, ledger ${sequence}` };
      at = sequence + 1;
    }
  } catch (error) {
    throw corrupt(path, at, error);
  }
}

function gap(path: string, expected: number, found: number): WalletError {
  const what =
    found > expected ? `ledger ${expected} is missing: the next one is ${found}` : `ledger ${found} comes where ${expected} belongs`;
  return new WalletError("LEDGER_GAP", `${path}: ${what}. Complete the directory, or start after the gap with an empty database.`, {
    file: path,
    ledger: expected,
    found,
  });
}

function checkNamedRange(directory: string, file: LedgerFile, ledger: RawLedger): void {
  if (file.last === null || (ledger.sequence >= file.first! && ledger.sequence <= file.last)) return;
  const path = join(directory, file.path);
  throw new WalletError(
    "LEDGER_CORRUPT",
    `${path} holds ledger ${ledger.sequence}, which its name does not promise. Fetch the file again.`,
    { file: path, ledger: ledger.sequence },
  );
}

/** Gives the ledgers of one pass over the directory, from `next` on; returns the ledger to go on with. */
async function* pass(directory: string, lake: boolean, next: number | null, signal: AbortSignal): AsyncGenerator<RawLedger, number | null> {
  const from = next;
  for await (const file of ledgerFiles(directory, lake, from)) {
    if (signal.aborted) break;
    const path = join(directory, file.path);
    if (next !== null && file.last !== null && file.first! > next) throw gap(path, next, file.first!);
    for await (const ledger of readLedgerFile(path, next ?? file.first)) {
      if (signal.aborted) return next;
      checkNamedRange(directory, file, ledger);
      if (from !== null && ledger.sequence < from) continue;
      if (next !== null && ledger.sequence !== next) throw gap(path, next, ledger.sequence);
      yield ledger;
      next = ledger.sequence + 1;
    }
  }
  return next;
}

async function newestFlatLedger(directory: string): Promise<number | null> {
  let last: LedgerFile | null = null;
  for await (const file of ledgerFiles(directory, false, null)) last = file;
  if (last === null) return null;
  let sequence: number | null = null;
  for await (const ledger of readLedgerFile(join(directory, last.path), last.first)) sequence = ledger.sequence;
  return sequence;
}

/**
 * Ledgers from a directory: a data lake (`.config.json`, zstd, partitions, one or several ledgers a file; SEP-54) or plain
 * `.xdr`, `.xdr.gz` and `.xdr.zst` files, which are read in the order of their names. At the end it looks for new files, so it
 * follows a lake that is being written.
 * @example
 * for await (const { bytes } of fileSource("ledgers").open(null, AbortSignal.timeout(50_000))) index(bytes);
 * @throws WalletError (while iterating) NETWORK_MISMATCH for a lake of another network, and as in `LedgerSource`
 */
export function fileSource(directory: string, options: FileSourceOptions = {}): LedgerSource {
  const root = resolve(directory);
  const poll = options.pollMilliseconds ?? 1000;

  async function isLake(): Promise<boolean> {
    const config = await readLakeConfig(root);
    const lakePassphrase = config?.networkPassphrase;
    if (options.passphrase !== undefined && lakePassphrase !== undefined && lakePassphrase !== options.passphrase) {
      throw new WalletError(
        "NETWORK_MISMATCH",
        `${root} holds ledgers of "${lakePassphrase}", not of "${options.passphrase}". Set NETWORK_PASSPHRASE to the network of the ledgers.`,
        { directory: root },
      );
    }
    return config !== null;
  }

  return {
    name: `file:${root}`,
    async *open(from: number | null, signal: AbortSignal, { follow = true }: OpenOptions = {}) {
      const lake = await isLake();
      let next = from;
      while (!signal.aborted) {
        next = yield* pass(root, lake, next, signal);
        if (!follow) return;
        await sleep(poll, undefined, { signal }).catch(() => {});
      }
    },
    async latest() {
      return (await isLake()) ? newestLakeLedger(root) : newestFlatLedger(root);
    },
  };
}
