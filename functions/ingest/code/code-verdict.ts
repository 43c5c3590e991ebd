import { type ContractFunction, MAX_FUNCTIONS_LENGTH } from "../../shared/columns/contract-functions.ts";
import type { CodeKind } from "../../shared/columns/token-type.ts";
import { XdrError } from "../../shared/xdr/words.ts";
import { contractSpec, type ContractSpec, type SpecFunction } from "./contract-spec.ts";
import { customSection } from "./custom-section.ts";
import { isTokenOfReference } from "./reference-rule.ts";
import { hasInterface, SEP41, SEP50 } from "./token-interfaces.ts";
import { nameAt, typeText } from "./type-text.ts";

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
  if (section === null || spec === null) return { kind: "NONE", protocolId: null, functions: "[]" };
  const byName = new Map<string, SpecFunction[]>();
  for (const found of spec.functions) {
    const name = nameAt(spec.x, section, found.name);
    const others = byName.get(name);
    if (others === undefined) byName.set(name, [found]);
    else others.push(found);
  }
  return {
    // No code is both: a balance is an i128 in one, unsigned in the other.
    kind: hasInterface(spec, byName, SEP41) ? "SEP41" : hasInterface(spec, byName, SEP50) ? "SEP50" : "NONE",
    protocolId: isTokenOfReference(spec, section, byName) ? "SEP41" : null,
    functions: functionsJson(spec, section),
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

function functionsJson({ x, functions }: ContractSpec, bytes: Uint8Array): string {
  let json = "[";
  for (const { name, inputs, outputs } of functions) {
    const described: ContractFunction = {
      name: nameAt(x, bytes, name),
      inputs: inputs.map((input) => ({ name: nameAt(x, bytes, input.name), type: typeText(x, bytes, input.type) })),
      outputs: outputs.map((output) => typeText(x, bytes, output)),
    };
    const text = JSON.stringify(described);
    if (json.length + text.length + 2 > MAX_FUNCTIONS_LENGTH) break;
    json += json === "[" ? text : `,${text}`;
  }
  return `${json}]`;
}
