import { setTimeout as sleep } from "node:timers/promises";
import { WalletError } from "../../shared/errors.ts";
import type { LedgerReader } from "../ledger/ledger-reader.ts";
import { decompress } from "./decompress.ts";
import { LAKE_CONFIG, lakeLayout, MAX_CONFIG_BYTES, parseLakeConfig, requireLakeNetwork } from "./lake-config.ts";
import { lakeFile, parseLakeFile, type LakeLayout } from "./lake-names.ts";
import { ledgersOf, unreadable } from "./ledger-file.ts";
import { boundedReader, fileLimit, isTooLong, tooLarge } from "./ledger-size.ts";
import type { LedgerSource, OpenOptions } from "./ledger-source.ts";
import { originOf, type OpenedLedger } from "./opened-ledger.ts";
import type { ObjectStore } from "./s3-store.ts";
import { deferredResult } from "./deferred-result.ts";

/** Options of `lakeSource`. */
export interface LakeSourceOptions {
  /** When given, a lake of another network is refused. */
  passphrase?: string | undefined;
  /** Opens the ledgers; its own by default. */
  reader?: LedgerReader;
  /** Objects fetched at once when catching up; 6 by default. */
  readAhead?: number;
  /** Milliseconds between two looks for the next object at the tip; 700 by default. */
  pollMilliseconds?: number;
}

/** Uncompressed objects read ahead take no more than about this. */
const AHEAD_BYTES = 12 * 1024 * 1024;
/** At the tip the listing, which tells a gap from a ledger that is not there yet, is asked again after so long. */
const LISTING_MS = 30_000;
const LISTED_KEYS = 50;
const LISTINGS = 20;
const EXTENSIONS = [".xdr.zst", ".xdr.zstd"] as const;

interface Newest {
  last: number;
  extension: string;
}

interface LakeObject {
  first: number;
  last: number;
  /** `s3://bucket/key` */
  name: string;
  /** Uncompressed; null: there is no such object. */
  bytes: Uint8Array | null;
}

function promised(object: LakeObject, ledger: number): WalletError {
  return new WalletError(
    "LEDGER_CORRUPT",
    `${object.name} has no ledger ${ledger}, although its name promises ledgers ${object.first} to ${object.last}. Fetch it again, or report it to the lake's owner.`,
    { file: object.name, ledger },
  );
}

/**
 * Ledgers from a data lake in S3 (SEP-54, as Galexie writes it). Objects are fetched ahead in parallel and given in order; at
 * the tip the next object is asked for again and again.
 * @throws WalletError (while iterating) SOURCE_UNAVAILABLE, NETWORK_MISMATCH, LEDGER_GAP (the lake has later ledgers, but not this
 * one), LEDGER_UNREADABLE (damaged compression), LEDGER_TOO_LARGE, LEDGER_CORRUPT (the object); UnopenedLedgerError (a ledger)
 */
export function lakeSource(store: ObjectStore, options: LakeSourceOptions): LedgerSource {
  const { passphrase, reader = boundedReader(), readAhead = 6, pollMilliseconds: poll = 700 } = options;
  let layout: LakeLayout | null = null;

  async function readLayout(signal: AbortSignal): Promise<LakeLayout> {
    if (layout) return layout;
    const manifest = await store.get(LAKE_CONFIG, MAX_CONFIG_BYTES, signal);
    if (!manifest) {
      throw new WalletError(
        "SOURCE_UNAVAILABLE",
        `${store.name} is no data lake: it has no ${LAKE_CONFIG}. Set DATASTORE_BUCKET_PATH to the folder that has it.`,
        { source: store.name },
      );
    }
    const config = parseLakeConfig(manifest.toString(), store.name);
    requireLakeNetwork(config, passphrase, store.name);
    return (layout = lakeLayout(config, store.name));
  }

  /** The newest object. Keys sort newest first, behind the manifest: one listing finds it. */
  async function newest(signal: AbortSignal): Promise<Newest | null> {
    let after = "";
    for (let listing = 0; listing < LISTINGS; listing++) {
      const keys = await store.list(after, LISTED_KEYS, signal);
      for (const key of keys) {
        const name = key.slice(key.lastIndexOf("/") + 1);
        const range = parseLakeFile(name);
        if (range) return { last: range.last, extension: name.slice(name.indexOf(".")) };
      }
      if (keys.length < LISTED_KEYS) break;
      after = keys.at(-1)!;
    }
    return null;
  }

  async function fetchObject(known: LakeLayout, sequence: number, extension: string, signal: AbortSignal): Promise<LakeObject> {
    const { path, first, last } = lakeFile(known, sequence);
    const limit = fileLimit(reader, last - first + 1);
    const key = path + extension;
    const name = `${store.name}/${key}`;
    try {
      const packed = await store.get(key, limit, signal);
      return { first, last, name, bytes: packed && (await decompress(key, packed, limit)) };
    } catch (error) {
      if (isTooLong(error)) throw tooLarge(originOf(name, sequence), sequence, null, limit, error);
      if (signal.aborted || error instanceof WalletError) throw error;
      throw unreadable(name, sequence, error);
    }
  }

  /**
   * Tells a gap from the tip.
   * @returns null at the tip, otherwise the newest ledger and the extension that the missing object was found under after all
   * @throws WalletError LEDGER_GAP
   */
  async function findMissing(known: LakeLayout, missing: LakeObject, next: number, signal: AbortSignal): Promise<Newest | null> {
    const last = (await newest(signal))?.last ?? 0;
    if (last < next) return null;
    for (const extension of EXTENSIONS) {
      // It may have come between the two requests, or be of the time when lakes used the other extension.
      if ((await fetchObject(known, next, extension, signal)).bytes) return { last, extension };
    }
    throw new WalletError(
      "LEDGER_GAP",
      `${store.name} has ledgers up to ${last}, but no ledger ${next} (${missing.name}). Use a lake that has it, or start after the gap with an empty database.`,
      { source: store.name, ledger: next, latest: last },
    );
  }

  function* ledgersFrom(object: LakeObject, next: number): Generator<OpenedLedger> {
    const content = { path: object.name, bytes: object.bytes!, promised: object, expected: next, from: next, trueHash: true };
    for (const opened of ledgersOf(reader, content)) {
      if (opened.ledger.sequence !== next) throw promised(object, next);
      yield opened;
      next++;
    }
    if (next <= object.last) throw promised(object, next);
  }

  async function* open(from: number | null, signal: AbortSignal, follow: boolean): AsyncGenerator<OpenedLedger> {
    const known = await readLayout(signal);
    let tip = await newest(signal);
    while (!tip) {
      if (!follow) return;
      await sleep(poll, undefined, { signal });
      tip = await newest(signal);
    }
    let { last: newestKnown, extension } = tip;
    let listedAt = performance.now();
    let next = from ?? newestKnown;
    let ahead = next;
    let width = 1;
    const coming: Promise<() => LakeObject>[] = [];
    while (!signal.aborted) {
      while (coming.length < width && (coming.length === 0 || ahead <= newestKnown)) {
        coming.push(deferredResult(fetchObject(known, ahead, extension, signal)));
        ahead = lakeFile(known, ahead).last + 1;
      }
      const object = (await coming.shift()!)();
      if (object.bytes) {
        width = Math.max(1, Math.min(readAhead, Math.floor(AHEAD_BYTES / object.bytes.length)));
        for (const ledger of ledgersFrom(object, next)) {
          if (signal.aborted) return;
          yield ledger;
        }
        next = object.last + 1;
        newestKnown = Math.max(newestKnown, object.last);
        continue;
      }
      coming.length = 0;
      ahead = next;
      if (next <= newestKnown || performance.now() - listedAt > LISTING_MS) {
        const found = await findMissing(known, object, next, signal);
        listedAt = performance.now();
        if (found) {
          ({ last: newestKnown, extension } = found);
          continue;
        }
        newestKnown = next - 1;
      }
      if (!follow) return;
      await sleep(poll, undefined, { signal });
    }
  }

  return {
    name: store.name,
    beginsAt: "latest",
    async *open(from: number | null, signal: AbortSignal, { follow = true }: OpenOptions = {}) {
      // A reader that leaves early takes the objects under way with it.
      const left = new AbortController();
      try {
        yield* open(from, AbortSignal.any([signal, left.signal]), follow);
      } catch (error) {
        // The manifest itself may have come damaged: a process that is kept warm must not believe it forever.
        layout = null;
        if (!signal.aborted) throw error;
      } finally {
        left.abort();
      }
    },
    async latest(signal = new AbortController().signal) {
      await readLayout(signal);
      return (await newest(signal))?.last ?? null;
    },
  };
}
