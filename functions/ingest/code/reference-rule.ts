import { ScSpecType } from "../../shared/xdr/xdr.generated.ts";
import type { ContractSpec, SpecFunction } from "./contract-spec.ts";
import { nameAt } from "./spec-text.ts";

const {
  scSpecTypeAddress: Address,
  scSpecTypeMuxedAddress: MuxedAddress,
  scSpecTypeI128: i128,
  scSpecTypeString: String,
  scSpecTypeU32: u32,
} = ScSpecType;

/** A function with the names of its parameters. */
interface NamedSignature {
  name: string;
  inputs: readonly (readonly [name: string, type: number])[];
  outputs: readonly number[];
}

const FROM = ["from", Address] as const;
const SPENDER = ["spender", Address] as const;
const TO = ["to", Address] as const;
const AMOUNT = ["amount", i128] as const;

const SIGNATURES: readonly NamedSignature[] = [
  { name: "balance", inputs: [["id", Address]], outputs: [i128] },
  { name: "allowance", inputs: [FROM, SPENDER], outputs: [i128] },
  { name: "decimals", inputs: [], outputs: [u32] },
  { name: "name", inputs: [], outputs: [String] },
  { name: "symbol", inputs: [], outputs: [String] },
  { name: "approve", inputs: [FROM, SPENDER, AMOUNT, ["expiration_ledger", u32]], outputs: [] },
  { name: "transfer", inputs: [FROM, TO, AMOUNT], outputs: [] },
  { name: "transfer", inputs: [FROM, ["to_muxed", MuxedAddress], AMOUNT], outputs: [] },
  { name: "transfer_from", inputs: [SPENDER, FROM, TO, AMOUNT], outputs: [] },
  { name: "burn", inputs: [FROM, AMOUNT], outputs: [] },
  { name: "burn_from", inputs: [SPENDER, FROM, AMOUNT], outputs: [] },
];
const NAMES = new Set(SIGNATURES.map(({ name }) => name));

/**
 * Does the reference implementation take code with this specification for a SEP-41 token? It compares the names of parameters too, and is
 * content when one of the functions of a name fits.
 * @param functions of the specification, by name
 */
export function isTokenOfReference(spec: ContractSpec, functions: ReadonlyMap<string, readonly SpecFunction[]>): boolean {
  const { x } = spec;
  const fits = ({ inputs, outputs }: NamedSignature, found: SpecFunction): boolean =>
    inputs.length === found.inputs.length &&
    inputs.every(([name, type], i) => x[found.inputs[i]!.type] === type && nameAt(spec, found.inputs[i]!.name) === name) &&
    outputs.length === found.outputs.length &&
    outputs.every((type, i) => x[found.outputs[i]!] === type);
  const met = new Set<string>();
  for (const signature of SIGNATURES) if (functions.get(signature.name)?.some((found) => fits(signature, found))) met.add(signature.name);
  return met.size === NAMES.size;
}
