import type { ContractSpec, SpecFunction } from "./contract-spec.ts";
import { ScSpecType } from "../../shared/xdr/xdr.generated.ts";

const {
  scSpecTypeAddress: Address,
  scSpecTypeMuxedAddress: MuxedAddress,
  scSpecTypeBool: bool,
  scSpecTypeI128: i128,
  scSpecTypeOption: Option,
  scSpecTypeString: String,
  scSpecTypeVoid: Void,
  scSpecTypeU32: u32,
  scSpecTypeU64: u64,
  scSpecTypeU128: u128,
  scSpecTypeU256: u256,
} = ScSpecType;

/** Ids and numbers of tokens that are not fungible: one unsigned type each (SEP-50), which a contract's ids have in all functions. */
const UNSIGNED: readonly number[] = [u32, u64, u128, u256];

/** A place for a type: which ScSpecTypes it takes. */
interface Place {
  readonly types: readonly number[];
  /** Of an `Option`, the type in it. */
  readonly within?: number;
  /** All such places of a contract have the same type. */
  readonly isTokenId?: true;
}

/** What a function takes and gives. The names of parameters are no part of it. */
interface Signature {
  inputs: readonly Place[];
  /** Null: nothing, whether that is left out or says so (`()`). */
  output: Place | null;
}

const ADDRESS: Place = { types: [Address] };
const RECEIVER: Place = { types: [Address, MuxedAddress] };
const AMOUNT: Place = { types: [i128] };
const TOKEN_ID: Place = { types: UNSIGNED, isTokenId: true };
const LEDGER: Place = { types: [u32] };
const TEXT: Place = { types: [String] };
const TEXT_GETTER: Signature = { inputs: [], output: TEXT };

/** A token interface: its functions, all of which a contract must have. */
type TokenInterface = ReadonlyMap<string, Signature>;

/** SEP-41, 0.5: all of its functions. */
export const SEP41: TokenInterface = new Map<string, Signature>([
  ["allowance", { inputs: [ADDRESS, ADDRESS], output: AMOUNT }],
  ["approve", { inputs: [ADDRESS, ADDRESS, AMOUNT, LEDGER], output: null }],
  ["balance", { inputs: [ADDRESS], output: AMOUNT }],
  ["burn", { inputs: [ADDRESS, AMOUNT], output: null }],
  ["burn_from", { inputs: [ADDRESS, ADDRESS, AMOUNT], output: null }],
  ["decimals", { inputs: [], output: { types: [u32] } }],
  ["name", TEXT_GETTER],
  ["symbol", TEXT_GETTER],
  ["transfer", { inputs: [ADDRESS, RECEIVER, AMOUNT], output: null }],
  ["transfer_from", { inputs: [ADDRESS, ADDRESS, ADDRESS, AMOUNT], output: null }],
]);

/** SEP-50, 0.1: all of its functions. */
export const SEP50: TokenInterface = new Map<string, Signature>([
  ["approve", { inputs: [ADDRESS, ADDRESS, TOKEN_ID, LEDGER], output: null }],
  ["approve_for_all", { inputs: [ADDRESS, ADDRESS, LEDGER], output: null }],
  ["balance", { inputs: [ADDRESS], output: { types: UNSIGNED } }],
  ["get_approved", { inputs: [TOKEN_ID], output: { types: [Option], within: Address } }],
  ["is_approved_for_all", { inputs: [ADDRESS, ADDRESS], output: { types: [bool] } }],
  ["name", TEXT_GETTER],
  ["owner_of", { inputs: [TOKEN_ID], output: ADDRESS }],
  ["symbol", TEXT_GETTER],
  ["token_uri", { inputs: [TOKEN_ID], output: TEXT }],
  ["transfer", { inputs: [ADDRESS, ADDRESS, TOKEN_ID], output: null }],
  ["transfer_from", { inputs: [ADDRESS, ADDRESS, ADDRESS, TOKEN_ID], output: null }],
]);

/**
 * Has a specification these functions, with types in these places? What else it has does not matter. A function that is listed twice does not
 * count: code exports a name once, so that nobody knows which of the two it means.
 * @param functions of the specification, by name
 */
export function hasInterface(
  { x }: ContractSpec,
  functions: ReadonlyMap<string, readonly SpecFunction[]>,
  wanted: TokenInterface,
): boolean {
  let tokenId: number | null = null;
  const fits = (place: Place, at: number): boolean => {
    const type = x[at]!;
    if (!place.types.includes(type) || (place.within !== undefined && x[at + 1] !== place.within)) return false;
    if (place.isTokenId !== true) return true;
    tokenId ??= type;
    return tokenId === type;
  };
  for (const [name, { inputs, output }] of wanted) {
    const [found, second] = functions.get(name) ?? [];
    if (found === undefined || second !== undefined || found.inputs.length !== inputs.length) return false;
    if (!inputs.every((place, i) => fits(place, found.inputs[i]!.type))) return false;
    const [given] = found.outputs;
    if (output === null ? given !== undefined && x[given] !== Void : given === undefined || !fits(output, given)) return false;
  }
  return true;
}
