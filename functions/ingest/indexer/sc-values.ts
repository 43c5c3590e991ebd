import { elements, type Words } from "../../shared/xdr/words.ts";
import { readScMapEntry, ScValType, skipScMapEntry, skipScVal } from "../../shared/xdr/xdr.generated.ts";

/** Bytes of the string or symbol (length, bytes) at word `p`, as latin1. */
export function textAt(x: Words, p: number): string {
  const length = x[p]! >>> 0;
  let text = "";
  for (let i = 0; i < length; i++) text += String.fromCharCode((x[p + 1 + (i >>> 2)]! >>> (24 - (i & 3) * 8)) & 255);
  return text;
}

/** The symbol of an ScVal at `p`, or null when it is not one. */
export function symbolAt(x: Words, p: number): string | null {
  return x[p] === ScValType.scvSymbol ? textAt(x, p + 1) : null;
}

/** Offsets of the values of an ScVal vector at `p`, or null when it is not one (or absent). */
export function vectorAt(x: Words, p: number): number[] | null {
  return x[p] === ScValType.scvVec && x[p + 1] === 1 ? elements(x, p + 2, skipScVal) : null;
}

/** Entries of an ScVal map at `p`, or null when it is not one (or absent). Offsets of ScVals. */
export function mapAt(x: Words, p: number): { key: number; val: number }[] | null {
  return x[p] === ScValType.scvMap && x[p + 1] === 1 ? elements(x, p + 2, skipScMapEntry).map((at) => readScMapEntry(x, at)) : null;
}
