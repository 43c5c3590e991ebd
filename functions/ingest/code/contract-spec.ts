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
  /** In their order; one name may come twice. */
  functions: SpecFunction[];
}

/** A function of a specification; word offsets. */
export interface SpecFunction {
  /** XDR string. */
  name: number;
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

/** The specification in the contents of a section `contractspecv0`: XDR `ScSpecEntry`s in a row. @throws XdrError */
export function contractSpec(section: Uint8Array): ContractSpec | null {
  const x = wordsOf(section);
  const functions: SpecFunction[] = [];
  let entries = 0;
  for (let at = 0; at < x.length; entries++) {
    if (entries === MAX_ENTRIES) return null;
    const end = skipScSpecEntry(x, at);
    if (end > x.length) return null;
    if (x[at] === ScSpecEntryKind.scSpecEntryFunctionV0) functions.push(functionAt(x, at + 1));
    at = end;
  }
  return { x, functions };
}

function functionAt(x: Words, p: number): SpecFunction {
  const { name, inputs, outputs } = readScSpecFunctionV0(x, p);
  return {
    name,
    inputs: elements(x, inputs, skipScSpecFunctionInputV0).map((at) => readScSpecFunctionInputV0(x, at)),
    outputs: elements(x, outputs, skipScSpecTypeDef),
  };
}
