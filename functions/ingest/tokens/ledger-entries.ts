import { hash as digest } from "node:crypto";
import { wordsOf } from "../../shared/xdr/words-of.ts";
import type { Words } from "../../shared/xdr/words.ts";
import {
  ContractDataDurability,
  LedgerEntryType,
  readContractCodeEntry,
  readContractDataEntry,
  ScValType,
  skipLedgerEntryData,
} from "../../shared/xdr/xdr.generated.ts";
import { decodeBase64, isLongString } from "../source/long-strings.ts";
import { RpcResponseTooLongError, type RpcClient, type RpcResult } from "../source/rpc-client.ts";
import { refused } from "../source/rpc-network.ts";
import { malformed } from "../source/rpc-pages.ts";
import { ContractCallError } from "./contract-call.ts";
import { isLedger } from "./ledger-number.ts";
import { scAddress, word } from "./sc-bytes.ts";

/** Keys that stellar-rpc takes in one call of `getLedgerEntries`. */
export const MAX_KEYS = 200;

/** An entry as a server has it. */
export interface RpcEntry {
  /** XDR `LedgerEntryData`, valid as a whole. */
  bytes: Buffer;
  x: Words;
  /** The ledger that changed it last. */
  modifiedLedger: number;
  /** The last ledger in which it is live; null: the server does not say. */
  liveUntilLedger: number | null;
}

/** Entries of one moment. */
interface RpcEntries {
  /** The ledger at whose end they were so; the first one when it took several calls. */
  ledger: number;
  /** By their keys in hex; those that are missing are not there, or archived. */
  entries: Map<string, RpcEntry>;
}

/** The XDR `LedgerKey` of contract data. @param contract address (version byte and id) @param key XDR `ScVal` */
export function dataKey(contract: Uint8Array, key: Uint8Array, isTemporary = false): Buffer {
  const { temporary, persistent } = ContractDataDurability;
  const owner = scAddress(contract);
  if (owner === null) throw new TypeError("the address owns no contract data");
  return Buffer.concat([word(LedgerEntryType.contractData), owner, key, word(isTemporary ? temporary : persistent)]);
}

/** The XDR `LedgerKey` of a contract's instance. */
export function instanceKey(contract: Uint8Array): Buffer {
  return dataKey(contract, word(ScValType.scvLedgerKeyContractInstance));
}

/** The XDR `LedgerKey` of code. */
export function codeKey(wasmHash: Uint8Array): Buffer {
  return Buffer.concat([word(LedgerEntryType.contractCode), wasmHash]);
}

/** The key that an entry of contract data or code has by what it says itself; null for another one, or for code with another hash than its own. */
function keyOf(bytes: Buffer, x: Words): Buffer | null {
  if (x[0] === LedgerEntryType.contractData) {
    const { contract, val } = readContractDataEntry(x, 1);
    return Buffer.concat([word(x[0]), bytes.subarray(contract * 4, val * 4)]);
  }
  if (x[0] !== LedgerEntryType.contractCode) return null;
  const { hash } = readContractCodeEntry(x, 1);
  const wasmHash = bytes.subarray(hash * 4, hash * 4 + 32);
  return digest("sha256", codeOf({ bytes, x }), "buffer").equals(wasmHash) ? codeKey(wasmHash) : null;
}

/** The wasm of an entry of code. */
export function codeOf({ bytes, x }: Pick<RpcEntry, "bytes" | "x">): Buffer {
  const { code } = readContractCodeEntry(x, 1);
  return bytes.subarray(code * 4 + 4, code * 4 + 4 + (x[code]! >>> 0));
}

function entryOf(value: unknown, body: Buffer): RpcEntry | null {
  const { xdr, lastModifiedLedgerSeq, liveUntilLedgerSeq } = (value ?? {}) as Record<string, unknown>;
  if (!isLedger(lastModifiedLedgerSeq)) return null;
  let bytes: Buffer;
  if (typeof xdr === "string") bytes = Buffer.from(xdr, "base64");
  else if (isLongString(xdr, body.length)) bytes = decodeBase64(body, xdr);
  else return null;
  try {
    const x = wordsOf(bytes);
    if (x.length === 0 || skipLedgerEntryData(x, 0) !== x.length) return null;
    const liveUntilLedger = isLedger(liveUntilLedgerSeq) ? liveUntilLedgerSeq : null;
    return { bytes, x, modifiedLedger: lastModifiedLedgerSeq, liveUntilLedger };
  } catch {
    // An entry that cannot be read is none: what it was asked for is asked again.
    return null;
  }
}

function read({ value, body }: RpcResult, keys: readonly Buffer[], name: string): RpcEntries {
  const { latestLedger, entries: list } = (value ?? {}) as { latestLedger?: unknown; entries?: unknown };
  if (!isLedger(latestLedger) || !(Array.isArray(list) || list === null || list === undefined)) throw malformed(name, "getLedgerEntries");
  const asked = new Set(keys.map((key) => key.toString("hex")));
  const entries = new Map<string, RpcEntry>();
  for (const one of list ?? []) {
    const entry = entryOf(one, body);
    // What an entry says of itself counts, not the key that the server puts beside it.
    const key = entry && keyOf(entry.bytes, entry.x)?.toString("hex");
    if (entry && key && asked.has(key) && entry.modifiedLedger <= latestLedger) entries.set(key, entry);
  }
  return { ledger: latestLedger, entries };
}

/**
 * Entries of contract data and code (`getLedgerEntries`), each with the key that it was asked for and code with its own hash; what the server
 * gives besides is left out.
 * @param keys XDR `LedgerKey`s, at most `MAX_KEYS`
 * @throws ContractCallError when one entry alone is more than a response may be; WalletError SOURCE_UNAVAILABLE
 */
export async function fetchEntries(client: RpcClient, keys: readonly Buffer[], signal: AbortSignal): Promise<RpcEntries> {
  try {
    const result = await client.call("getLedgerEntries", { keys: keys.map((key) => key.toString("base64")) }, signal);
    return read(result, keys, client.name);
  } catch (error) {
    if (!(error instanceof RpcResponseTooLongError)) throw refused(client, error, "getLedgerEntries");
    if (keys.length === 1) throw new ContractCallError("getLedgerEntries: the entry is too long", { cause: error });
  }
  // Halves of it, as often as needed, each of its own moment.
  const half = keys.length >> 1;
  const first = await fetchHalf(client, keys.slice(0, half), signal);
  const second = await fetchHalf(client, keys.slice(half), signal);
  return { ledger: Math.min(first.ledger, second.ledger), entries: new Map([...first.entries, ...second.entries]) };
}

/** One that is too long alone is missing among others. */
async function fetchHalf(client: RpcClient, keys: readonly Buffer[], signal: AbortSignal): Promise<RpcEntries> {
  try {
    return await fetchEntries(client, keys, signal);
  } catch (error) {
    if (!(error instanceof ContractCallError)) throw error;
    return { ledger: 0x7fffffff, entries: new Map() };
  }
}
