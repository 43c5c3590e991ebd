import { elements, type Words } from "../../shared/xdr/words.ts";
import { readScMapEntry, ScValType, skipScMapEntry } from "../../shared/xdr/xdr.generated.ts";

/** Bytes of the string or symbol (length, bytes) at word `p`, in the bytes that the words are of. */
export function stringBytes(x: Words, bytes: Buffer, p: number): Buffer {
  return bytes.subarray(p * 4 + 4, p * 4 + 4 + (x[p]! >>> 0));
}

/**
 * The value of a symbol in the optional map (present or not, count, entries) at word `p`, that of a map value or of an instance's storage.
 * @returns its offset; null: there is no such member
 */
export function memberAt(x: Words, bytes: Buffer, p: number, name: string): number | null {
  if (x[p] !== 1) return null;
  for (const at of elements(x, p + 1, skipScMapEntry)) {
    const { key, val } = readScMapEntry(x, at);
    if (x[key] === ScValType.scvSymbol && stringBytes(x, bytes, key + 1).toString("latin1") === name) return val;
  }
  return null;
}
