import { MAX_FUNCTIONS_LENGTH } from "../../shared/columns/contract-functions.ts";
import type { CodeKind } from "../../shared/columns/token-type.ts";
import { XdrError } from "../../shared/xdr/words.ts";
import { afterString, contractSpec, type ContractSpec, functionAt, type SpecFunction } from "./contract-spec.ts";
import { customSection } from "./custom-section.ts";
import { isTokenOfReference } from "./reference-rule.ts";
import { hasInterface, SEP41, SEP50 } from "./token-interfaces.ts";
import { nameAt, SpecWriter } from "./spec-text.ts";

/** What code is, by what it says of itself. */
export interface CodeVerdict {
  kind: CodeKind;
  /** SEP41 where the reference implementation takes it for a SEP-41 token; else null. */
  protocolId: "SEP41" | null;
  /** JSON of `ContractFunction[]`. */
  functions: string;
}

const SECTION = "contractspecv0";
/** A longer specification is not read, as by the reference implementation. */
const MAX_SECTION_BYTES = 2 * 1024 * 1024;

/**
 * The verdict on a contract's code, from its specification: the first custom section `contractspecv0` (SEP-48). What cannot be read whole, or
 * has no specification, is no token and has no functions.
 * @param module bytes of a WebAssembly module, or any others: nothing is thrown
 */
export function codeVerdict(module: Uint8Array): CodeVerdict {
  const section = customSection(module, SECTION);
  const spec = section === null || section.length > MAX_SECTION_BYTES ? null : specOf(section);
  if (spec === null) return { kind: "NONE", protocolId: null, functions: "[]" };
  const functions = tokenFunctions(spec);
  return {
    // No code is both: a balance is an i128 in one, unsigned in the other.
    kind: hasInterface(spec, functions, SEP41) ? "SEP41" : hasInterface(spec, functions, SEP50) ? "SEP50" : "NONE",
    protocolId: isTokenOfReference(spec, functions) ? "SEP41" : null,
    functions: functionsJson(spec),
  };
}

function specOf(section: Uint8Array): ContractSpec | null {
  try {
    return contractSpec(section);
  } catch (error) {
    if (error instanceof XdrError) return null;
    throw error;
  }
}

/** Functions of one name that are looked at; code exports a name once. */
const MAX_OF_A_NAME = 16;

/** The functions of a specification that have a name of a token's, by name. */
function tokenFunctions(spec: ContractSpec): Map<string, SpecFunction[]> {
  const found = new Map<string, SpecFunction[]>();
  for (const p of spec.functions) {
    const name = nameAt(spec, afterString(spec.x, p));
    if (!SEP41.has(name) && !SEP50.has(name)) continue;
    const others = found.get(name);
    if (others === undefined) found.set(name, [functionAt(spec.x, p)]);
    else if (others.length < MAX_OF_A_NAME) others.push(functionAt(spec.x, p));
  }
  return found;
}

function functionsJson(spec: ContractSpec): string {
  const writer = new SpecWriter(spec, MAX_FUNCTIONS_LENGTH - 1);
  let json = "";
  for (const p of spec.functions) {
    const text = writer.functionJson(p);
    if (text === null) break;
    json += json === "" ? text : `,${text}`;
  }
  return `[${json}]`;
}
