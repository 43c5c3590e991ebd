import { isUtf8 } from "node:buffer";
import { decimalPrice, sevenDecimals } from "../../shared/columns/amounts.ts";
import { int64, type Words } from "../../shared/xdr/words.ts";
import { readPrice } from "../../shared/xdr/xdr.generated.ts";
import type { Details, Json } from "./body.ts";

/** An int64 of stroops in whole units with seven decimals. */
export function amountAt(x: Words, p: number): string {
  return sevenDecimals(int64(x, p));
}

/** An int64, decimal. */
export function integerAt(x: Words, p: number): string {
  return int64(x, p).toString();
}

/** So many bytes at a word, in hex. */
export function hexAt(xdr: Buffer, p: number, length: number): string {
  return xdr.toString("hex", p * 4, p * 4 + length);
}

/** The bytes of a string or opaque (length, bytes) at a word; a view. */
export function bytesAt(xdr: Buffer, p: number): Buffer {
  const start = (p + 1) * 4;
  return xdr.subarray(start, start + xdr.readUInt32BE(p * 4));
}

/** A string as UTF-8; invalid sequences become U+FFFD. */
export function textAt(xdr: Buffer, p: number): string {
  return bytesAt(xdr, p).toString();
}

/** A string as text where it is UTF-8, else `{ hex }`, so that nothing is lost. */
export function exactTextAt(xdr: Buffer, p: number): Json {
  const bytes = bytesAt(xdr, p);
  return isUtf8(bytes) ? bytes.toString() : { hex: bytes.toString("hex") };
}

/** `name`, a decimal with seven digits (half away from zero), and `name_r`, the fraction. */
export function addPrice(details: Details, name: string, x: Words, p: number): void {
  const { n, d } = readPrice(x, p);
  if (d !== 0) details[name] = decimalPrice(n, d);
  details[`${name}_r`] = { n, d };
}

/** The names of flags by their bits, in the order in which they are listed. */
export type FlagNames = readonly (readonly [bit: number, name: string])[];

/** `name`, the bits, and `name_s`, their names; neither where no known flag is set. */
export function addFlags(details: Details, name: string, flags: number, names: FlagNames): void {
  const set = names.filter(([bit]) => (flags & bit) !== 0);
  if (set.length === 0) return;
  details[name] = set.map(([bit]) => bit);
  details[`${name}_s`] = set.map(([, text]) => text);
}
