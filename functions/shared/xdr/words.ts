import { endianness } from "node:os";
import type { AddressTable } from "./address-table.ts";

/**
 * A ledger's XDR as signed 32-bit words in host order. XDR is aligned to 4 bytes, so every value starts at a word; an offset
 * into a ledger is always a word offset. Reading beyond the end gives undefined, which no strict check accepts as a union arm;
 * a walk that runs over the end otherwise is caught by comparing its final offset with the length. The words of a closed ledger
 * have the length 0.
 *
 * Whatever reading needs besides the words hangs on them, so that ledgers which are open at the same time share nothing.
 */
export class Words extends Int32Array<ArrayBuffer> {
  /** By the word where a value starts: where it ends, 0 for not known. Empty: these words remember no ends. */
  readonly ends: Int32Array;
  /** The table of the addresses in these words. */
  readonly addresses: AddressTable;
  /** Recursive values that are being skipped right now, one in the other. */
  depth = 0;

  constructor(buffer: ArrayBuffer, length: number, ends: Int32Array, addresses: AddressTable) {
    super(buffer, 0, length);
    this.ends = ends;
    this.addresses = addresses;
  }
}

/** Bytes that are no valid XDR of their type. `offset` is a byte offset. */
export class XdrError extends Error {
  override readonly name = "XdrError";
  readonly type: string;
  readonly offset: number;

  constructor(type: string, offset: number) {
    super(`invalid XDR: ${type} at byte ${offset}`);
    this.type = type;
    this.offset = offset;
  }
}

/**
 * Copies XDR bytes to the beginning of a buffer, each word in host order.
 * @throws XdrError when the length is no multiple of 4
 */
export function copyWords(bytes: Uint8Array, buffer: ArrayBuffer): void {
  if (bytes.length % 4 !== 0) throw new XdrError("length", bytes.length);
  const copy = Buffer.from(buffer, 0, bytes.length);
  copy.set(bytes);
  if (endianness() === "LE") copy.swap32();
}

/**
 * Where the value at word `p` ends, if it was skipped before and is of a type that remembers it (tools/generate-xdr.ts); else 0. For
 * example the check of the whole ledger walks every operation's changes; when the indexer gets to them, it takes their end from here.
 */
export function knownEnd(x: Words, p: number): number {
  return p < x.ends.length ? x.ends[p]! : 0;
}

/** Remembers where the value at word `p` ends. @returns the end */
export function rememberEnd(x: Words, p: number, end: number): number {
  if (p < x.ends.length) x.ends[p] = end;
  return end;
}

export function fail(type: string, p: number): never {
  throw new XdrError(type, p * 4);
}

/**
 * Nested recursive types (a value in a map in a value counts two). The SDK's decoder stops at 1,500 composites, that is about
 * 250 maps in maps; this bound is a little wider and far from what the stack holds. The network itself allows far less.
 */
const MAX_DEPTH = 600;

export function enter(x: Words, type: string, p: number): void {
  if (++x.depth > MAX_DEPTH) fail(type, p);
}

export function leave(x: Words): void {
  x.depth--;
}

/** An array's length; refuses more elements than there are words left. */
export function count(x: Words, p: number, type: string): number {
  const n = (x[p] as number) >>> 0;
  if (n > x.length - p) fail(type, p);
  return n;
}

export function skipBool(x: Words, p: number): number {
  if (x[p] !== 0 && x[p] !== 1) fail("bool", p);
  return p + 1;
}

function checkPadding(x: Words, last: number, length: number): void {
  const used = length & 3;
  if (used !== 0 && ((x[last] as number) & (0xffffffff >>> (used * 8))) !== 0) fail("padding", last);
}

/** A variable-length opaque or string, at most `max` bytes. */
export function skipOpaque(x: Words, p: number, max: number): number {
  const length = (x[p] as number) >>> 0;
  const next = p + 1 + Math.ceil(length / 4);
  if (length > max || next > x.length) fail("opaque", p);
  checkPadding(x, next - 1, length);
  return next;
}

/** Word offsets of an array's elements. */
export function elements(x: Words, p: number, skip: (x: Words, p: number) => number): number[] {
  const n = x[p]! >>> 0;
  const offsets = new Array<number>(n);
  let at = p + 1;
  for (let i = 0; i < n; i++) {
    offsets[i] = at;
    at = skip(x, at);
  }
  return offsets;
}

/** Signed 64-bit integer. */
export function int64(x: Words, p: number): bigint {
  const high = x[p]!;
  const low = x[p + 1]! >>> 0;
  // Most values on chain fit a double exactly; BigInt arithmetic on two halves costs several times more.
  if (high >= 0 && high < 0x200000) return BigInt(high * 4294967296 + low);
  return (BigInt(high) << 32n) | BigInt(low);
}

/** Unsigned 64-bit integer. */
export function uint64(x: Words, p: number): bigint {
  return (BigInt(x[p]! >>> 0) << 32n) | BigInt(x[p + 1]! >>> 0);
}

/** Signed 128-bit integer (Int128Parts). */
export function int128(x: Words, p: number): bigint {
  return (int64(x, p) << 64n) | uint64(x, p + 2);
}

/** Are the `n` words at `a` and `b` equal? */
export function sameWords(x: Words, a: number, b: number, n: number): boolean {
  for (let i = 0; i < n; i++) if (x[a + i] !== x[b + i]) return false;
  return true;
}
