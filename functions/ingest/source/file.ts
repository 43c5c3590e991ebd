import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { WalletError } from "../../shared/errors.ts";
import { LedgerReader } from "../ledger/ledger-reader.ts";
import { FileTooLongError, readBounded } from "./bounded-file.ts";
import { decompress } from "./decompress.ts";
import { requireLakeNetwork } from "./lake-config.ts";
import { ledgerFiles, newestLakeLedger, readLakeConfig } from "./ledger-directory.ts";
import { ledgersOf, newestLedgerOf, unreadable, type LedgerFileContent } from "./ledger-file.ts";
import type { LedgerFile } from "./lake-names.ts";
import { boundedReader, fileLimit, isTooLong, tooLarge } from "./ledger-size.ts";
import type { LedgerSource, OpenOptions } from "./ledger-source.ts";
import { originOf, type OpenedLedger } from "./opened-ledger.ts";

/** Options of `fileSource`. */
interface FileSourceOptions {
  /** When given, a lake of another network is refused. */
  passphrase?: string;
  /** Opens the ledgers; its own by default. */
  reader?: LedgerReader;
  /** Milliseconds between looks for new files at the tip; 1000 by default. */
  pollMilliseconds?: number;
}

/** A file's bytes, uncompressed. @throws WalletError LEDGER_UNREADABLE, LEDGER_TOO_LARGE */
async function contentOf(path: string, expected: number | null, reader: LedgerReader): Promise<Uint8Array> {
  const limit = fileLimit(reader, null);
  try {
    return await decompress(path, await readBounded(path, limit), limit);
  } catch (error) {
    if (error instanceof FileTooLongError) throw tooLarge(originOf(path, expected), expected, error.bytes, limit, error);
    throw isTooLong(error) ? tooLarge(originOf(path, expected), expected, null, limit, error) : unreadable(path, expected, error);
  }
}

/**
 * The ledgers of one file (bare, framed or a lake's batch; gzip, zstd or plain), opened, in the file's order.
 * @param path the file
 * @param what is expected of it; by default anything that is valid XDR will do, hand-made ledgers without true hashes too
 * @throws WalletError LEDGER_UNREADABLE (cannot be read or decompressed), LEDGER_TOO_LARGE, LEDGER_CORRUPT (the file); UnopenedLedgerError (a ledger)
 */
export async function* readLedgerFile(
  path: string,
  reader: LedgerReader = new LedgerReader(),
  what: Omit<LedgerFileContent, "path" | "bytes"> = { promised: { first: null, last: null }, expected: null, from: null, trueHash: false },
): AsyncGenerator<OpenedLedger> {
  yield* ledgersOf(reader, { path, bytes: await contentOf(path, what.expected, reader), ...what });
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
async function* pass(
  directory: string,
  lake: boolean,
  reader: LedgerReader,
  next: number | null,
  signal: AbortSignal,
): AsyncGenerator<OpenedLedger, number | null> {
  const from = next;
  for await (const file of ledgerFiles(directory, lake, from)) {
    if (signal.aborted) break;
    const path = join(directory, file.path);
    if (next !== null && file.last !== null && file.first! > next) throw gap(path, next, file.first!);
    for await (const opened of readLedgerFile(path, reader, { promised: file, expected: next ?? file.first, from, trueHash: true })) {
      if (signal.aborted) return next;
      const { sequence } = opened.ledger;
      if (next !== null && sequence !== next) throw gap(path, next, sequence);
      yield opened;
      next = sequence + 1;
    }
  }
  return next;
}

async function newestFlatLedger(directory: string, reader: LedgerReader): Promise<number | null> {
  let last: LedgerFile | null = null;
  for await (const file of ledgerFiles(directory, false, null)) last = file;
  if (last === null) return null;
  const path = join(directory, last.path);
  return newestLedgerOf(path, await contentOf(path, last.first, reader));
}

/**
 * Ledgers from a directory: a data lake (`.config.json`, zstd, partitions, one or several ledgers a file; SEP-54) or plain
 * `.xdr`, `.xdr.gz` and `.xdr.zst` files, which are read in the order of their names. At the end it looks for new files, so it
 * follows a lake that is being written.
 * @example
 * for await (const { ledger } of fileSource("ledgers").open(null, AbortSignal.timeout(50_000))) {
 *   rows.push(indexer.index(ledger));
 *   ledger.close();
 * }
 * @throws WalletError (while iterating) NETWORK_MISMATCH for a lake of another network, and as in `LedgerSource`
 */
export function fileSource(directory: string, options: FileSourceOptions = {}): LedgerSource {
  const root = resolve(directory);
  const { reader = boundedReader(), pollMilliseconds: poll = 1000 } = options;

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
        next = yield* pass(root, lake, reader, next, signal);
        if (!follow) return;
        await sleep(poll, undefined, { signal }).catch(() => {});
      }
    },
    async latest() {
      return (await isLake()) ? newestLakeLedger(root) : newestFlatLedger(root, reader);
    },
  };
}
