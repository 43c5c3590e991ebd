import { elements, type Words } from "../../shared/xdr/words.ts";
import { wordsOf } from "../../shared/xdr/words-of.ts";
import {
  readScSpecFunctionInputV0,
  readScSpecFunctionV0,
  ScSpecEntryKind,
  skipScSpecEntry,
  skipScSpecFunctionInputV0,
  skipScSpecTypeDef,
} from "../../shared/xdr/xdr.generated.ts";

/** The functions that a contract's specification lists (SEP-48). */
export interface ContractSpec {
  /** Its words, which the offsets are of. */
  x: Words;
  bytes: Buffer;
  /** Word offsets of ScSpecFunctionV0s in their order; one name may come twice. */
  functions: number[];
}

/** A function of a specification; word offsets. */
export interface SpecFunction {
  inputs: SpecInput[];
  /** ScSpecTypeDefs: none or one. */
  outputs: number[];
}

interface SpecInput {
  /** XDR string. */
  name: number;
  /** ScSpecTypeDef. */
  type: number;
}

/** Entries of a specification; a longer one is not read, as by the reference implementation. */
const MAX_ENTRIES = 10_000;

/**
 * The specification in the contents of a section `contractspecv0`: XDR `ScSpecEntry`s in a row. Null: there are too many.
 * @throws XdrError
 */
export function contractSpec(section: Uint8Array): ContractSpec | null {
  const x = wordsOf(section);
  const functions: number[] = [];
  let entries = 0;
  for (let at = 0; at < x.length; entries++) {
    if (entries === MAX_ENTRIES) return null;
    const end = skipScSpecEntry(x, at);
    if (end > x.length) return null;
    if (x[at] === ScSpecEntryKind.scSpecEntryFunctionV0) functions.push(at + 1);
    at = end;
  }
  return { x, bytes: Buffer.from(section.buffer, section.byteOffset, section.length), functions };
}

/** Where the string at word `p` ends. */
export function afterString(x: Words, p: number): number {
  return p + 1 + Math.ceil((x[p]! >>> 0) / 4);
}

/** The function at `p`. Its parts are read by and by: a hostile specification may have more of them than anybody looks at. */
export function functionAt(x: Words, p: number): SpecFunction {
  const { inputs, outputs } = readScSpecFunctionV0(x, p);
  return {
    inputs: elements(x, inputs, skipScSpecFunctionInputV0).map((at) => readScSpecFunctionInputV0(x, at)),
    outputs: elements(x, outputs, skipScSpecTypeDef),
  };
}
