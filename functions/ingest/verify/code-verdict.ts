import { wordsOf } from "../../shared/xdr/words-of.ts";
import { elements, XdrError, type Words } from "../../shared/xdr/words.ts";
import {
  readScSpecFunctionInputV0,
  readScSpecFunctionV0,
  ScSpecEntryKind,
  ScSpecType,
  skipScSpecEntry,
  skipScSpecFunctionInputV0,
} from "../../shared/xdr/xdr.generated.ts";

/**
 * Functions of the standards by their types. `?` stands for Address or MuxedAddress, `#` for an unsigned number, `*` for one that is the same
 * everywhere.
 */
const SEP41 =
  "allowance(Address,Address)i128 approve(Address,Address,i128,u32) balance(Address)i128 burn(Address,i128) burn_from(Address,Address,i128) decimals()u32 name()String symbol()String transfer(Address,?,i128) transfer_from(Address,Address,Address,i128)";
const SEP50 =
  "approve(Address,Address,*,u32) approve_for_all(Address,Address,u32) balance(Address)# get_approved(*)Option<Address> is_approved_for_all(Address,Address)bool name()String owner_of(*)Address symbol()String token_uri(*)String transfer(Address,Address,*) transfer_from(Address,Address,Address,*)";
/** Of the reference implementation, with names of parameters. */
const REFERENCE =
  "allowance(from:Address,spender:Address)i128 approve(from:Address,spender:Address,amount:i128,expiration_ledger:u32) balance(id:Address)i128 burn(from:Address,amount:i128) burn_from(spender:Address,from:Address,amount:i128) decimals()u32 name()String symbol()String transfer_from(spender:Address,from:Address,to:Address,amount:i128)";
const REFERENCE_TRANSFERS = ["transfer(from:Address,to:Address,amount:i128)", "transfer(from:Address,to_muxed:MuxedAddress,amount:i128)"];

const UNSIGNED = ["u32", "u64", "u128", "U256"];
const MAX_ENTRIES = 10_000;
const MAX_BYTES = 2 ** 21;
/** Functions of one name that the reference rule looks at. */
const MAX_OF_A_NAME = 16;
/** Characters of the JSON of functions. */
const MAX_JSON = 32_768;

/** Kind, protocol and functions of code, as our rows have them, in one text. */
export function verdictText(module: Uint8Array): string {
  const listed = functionsIn(module);
  if (listed === null) return "NONE  []";
  let room = MAX_JSON - 1;
  const told: string[] = [];
  for (const { name, inputs, outputs } of listed) {
    const types = inputs.map((input) => ({ name: input.name, type: input.type.text }));
    const text = JSON.stringify({ name, inputs: types, outputs: outputs.map((output) => output.text) });
    room -= text.length + 1;
    if (room < 0) break;
    told.push(text);
  }
  const kind = isStandard(listed, SEP41) ? "SEP41" : UNSIGNED.some((id) => isStandard(listed, SEP50, id)) ? "SEP50" : "NONE";
  return [kind, isReference(listed) ? "SEP41" : null, `[${told.join()}]`].join(" ");
}

/** A type for people, and one that no type of the contract's own can be taken for. */
interface Type {
  text: string;
  exact: string;
}

interface Listed {
  name: string;
  inputs: { name: string; type: Type }[];
  outputs: Type[];
}

function isStandard(listed: readonly Listed[], standard: string, id = ""): boolean {
  return standard.split(" ").every((signature) => {
    const [named, second] = listed.filter(({ name }) => name === signature.slice(0, signature.indexOf("(")));
    if (named === undefined || second !== undefined) return false;
    const output = named.outputs.map(({ exact }) => exact).join();
    const found = `${named.name}(${named.inputs.map(({ type }) => type.exact).join()})${output === "()" ? "" : output}`;
    return [signature.replace("?", "Address"), signature.replace("?", "MuxedAddress")]
      .flatMap((either) => UNSIGNED.map((number) => either.replace("#", number).replaceAll("*", id)))
      .includes(found);
  });
}

function isReference(listed: readonly Listed[]): boolean {
  const first = listed.filter(({ name }, i) => listed.slice(0, i).filter((other) => other.name === name).length < MAX_OF_A_NAME);
  const found = new Set(
    first.map(({ name, inputs, outputs }) => {
      const named = inputs.map((input) => `${/^\w+$/.test(input.name) ? input.name : "?"}:${input.type.exact}`);
      return `${name}(${named.join()})${outputs.map(({ exact }) => exact).join()}`;
    }),
  );
  return REFERENCE.split(" ").every((signature) => found.has(signature)) && REFERENCE_TRANSFERS.some((signature) => found.has(signature));
}

/** Functions of the specification of a module; null: it cannot be read. */
function functionsIn(module: Uint8Array): Listed[] | null {
  const bytes = Buffer.from(module);
  const specifications: Buffer[] = [];
  let at = 8;
  let isWhole = bytes.subarray(0, 8).toString("latin1") === "\0asm\u0001\0\0\0";
  /** A number of 1 to 5 bytes, seven bits in each, the lowest first; NaN where there is none. */
  const number = (): number => {
    for (let value = 0n, bits = 0n; bits < 35n; bits += 7n) {
      const byte = BigInt(bytes[at++] ?? 255);
      value |= (byte & 127n) << bits;
      if (byte < 128n) return value < 2n ** 32n ? Number(value) : NaN;
    }
    return NaN;
  };
  while (isWhole && at < bytes.length) {
    const id = bytes[at++];
    const size = number();
    const end = at + size;
    isWhole = end <= bytes.length;
    if (isWhole && id === 0) {
      const length = number();
      const name = bytes.subarray(at, at + length);
      isWhole = at + length <= end;
      if (isWhole && name.toString("latin1") === "contractspecv0") specifications.push(bytes.subarray(at + length, end));
    }
    at = end;
  }
  const [first] = specifications;
  if (!isWhole || first === undefined || first.length > MAX_BYTES) return null;
  try {
    return listedIn(wordsOf(first), first);
  } catch (error) {
    if (error instanceof XdrError) return null;
    throw error;
  }
}

function listedIn(x: Words, bytes: Buffer): Listed[] | null {
  const entries: number[] = [];
  for (let p = 0; p < x.length; p = skipScSpecEntry(x, p)) entries.push(p);
  if (entries.length > MAX_ENTRIES || (entries.length > 0 && skipScSpecEntry(x, entries.at(-1)!) !== x.length)) return null;
  const text = (p: number): string => {
    const content = bytes.subarray((p + 1) * 4, (p + 1) * 4 + (x[p]! >>> 0));
    return content.toString("utf8").replaceAll("\0", "\uFFFD");
  };
  const type = (p: number): Type => readType(x, text, p)[0];
  return entries
    .filter((p) => x[p] === ScSpecEntryKind.scSpecEntryFunctionV0)
    .map((p) => {
      const { name, inputs, outputs } = readScSpecFunctionV0(x, p + 1);
      const parameters = elements(x, inputs, skipScSpecFunctionInputV0).map((at) => readScSpecFunctionInputV0(x, at));
      return {
        name: text(name),
        inputs: parameters.map((input) => ({ name: text(input.name), type: type(input.type) })),
        outputs: x[outputs] === 1 ? [type(outputs + 1)] : [],
      };
    });
}

const NUMBERS = new Map<number, string>(Object.entries(ScSpecType).map(([name, number]) => [number, name.replace("scSpecType", "")]));
const BUILT_IN = new Set(["Option", "Result", "Vec", "Map"]);

/** The type at `p`, and where it ends. */
function readType(x: Words, text: (p: number) => string, p: number): [Type, number] {
  const kind = NUMBERS.get(x[p]!)!;
  if (kind === "Udt") return [{ text: text(p + 1), exact: `the contract's ${text(p + 1)}` }, p + 2 + Math.ceil((x[p + 1]! >>> 0) / 4)];
  if (kind === "BytesN") return [same(`BytesN<${x[p + 1]! >>> 0}>`), p + 2];
  if (!BUILT_IN.has(kind) && kind !== "Tuple") {
    const isLarge = kind.endsWith("256");
    return [same(kind === "Void" ? "()" : /^([UI]\d|Bool)/.test(kind) && !isLarge ? kind.toLowerCase() : kind), p + 1];
  }
  const count = kind === "Tuple" ? x[p + 1]! : kind === "Map" || kind === "Result" ? 2 : 1;
  let at = p + (kind === "Tuple" ? 2 : 1);
  const members: Type[] = [];
  for (let i = 0; i < count; i++) {
    const [member, end] = readType(x, text, at);
    members.push(member);
    at = end;
  }
  const join = (parts: readonly string[]): string => {
    if (kind === "Tuple") return `(${parts.join(", ")}${parts.length === 1 ? "," : ""})`;
    return `${kind}<${parts.join(", ")}>`;
  };
  return [{ text: join(members.map((member) => member.text)), exact: join(members.map((member) => member.exact)) }, at];
}

function same(text: string): Type {
  return { text, exact: text };
}
