import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { WalletError } from "../../shared/errors.ts";
import { decompress } from "./decompress.ts";
import { requireLakeNetwork } from "./lake-config.ts";
import { ledgerFiles, newestLakeLedger, readLakeConfig } from "./ledger-directory.ts";
import { ledgersOf, requireNamedRange, unreadable } from "./ledger-file.ts";
import type { LedgerFile } from "./lake-names.ts";
import type { LedgerSource, OpenOptions, RawLedger } from "./ledger-source.ts";

/** Options of `fileSource`. */
export interface FileSourceOptions {
  /** When given, a lake of another network is refused. */
  passphrase?: string;
  /** Milliseconds between looks for new files at the tip; 1000 by default. */
  pollMilliseconds?: number;
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
    throw unreadable(path, expected, error);
  }
  yield* ledgersOf(path, bytes, expected);
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

/** Gives the ledgers of one pass over the directory, from `next` on; returns the ledger to go on with. */
async function* pass(directory: string, lake: boolean, next: number | null, signal: AbortSignal): AsyncGenerator<RawLedger, number | null> {
  const from = next;
  for await (const file of ledgerFiles(directory, lake, from)) {
    if (signal.aborted) break;
    const path = join(directory, file.path);
    if (next !== null && file.last !== null && file.first! > next) throw gap(path, next, file.first!);
    for await (const ledger of readLedgerFile(path, next ?? file.first)) {
      if (signal.aborted) return next;
      requireNamedRange(path, file, ledger.sequence);
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
    if (config) requireLakeNetwork(config, options.passphrase, root);
    return config !== null;
  }

  return {
    name: `file:${root}`,
    beginsAt: "oldest",
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
