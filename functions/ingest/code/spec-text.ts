import { ScSpecType } from "../../shared/xdr/xdr.generated.ts";
import { afterString, type ContractSpec } from "./contract-spec.ts";

/** Types without parameters as contracts are written with them (the Rust SDK's names). */
const PLAIN = new Map<number, string>([
  [ScSpecType.scSpecTypeVal, "Val"],
  [ScSpecType.scSpecTypeBool, "bool"],
  [ScSpecType.scSpecTypeVoid, "()"],
  [ScSpecType.scSpecTypeError, "Error"],
  [ScSpecType.scSpecTypeU32, "u32"],
  [ScSpecType.scSpecTypeI32, "i32"],
  [ScSpecType.scSpecTypeU64, "u64"],
  [ScSpecType.scSpecTypeI64, "i64"],
  [ScSpecType.scSpecTypeTimepoint, "Timepoint"],
  [ScSpecType.scSpecTypeDuration, "Duration"],
  [ScSpecType.scSpecTypeU128, "u128"],
  [ScSpecType.scSpecTypeI128, "i128"],
  [ScSpecType.scSpecTypeU256, "U256"],
  [ScSpecType.scSpecTypeI256, "I256"],
  [ScSpecType.scSpecTypeBytes, "Bytes"],
  [ScSpecType.scSpecTypeString, "String"],
  [ScSpecType.scSpecTypeSymbol, "Symbol"],
  [ScSpecType.scSpecTypeAddress, "Address"],
  [ScSpecType.scSpecTypeMuxedAddress, "MuxedAddress"],
]);

/** Types with as many types in them as they take, by their names. */
const GENERIC = new Map<number, { name: string; of: number }>([
  [ScSpecType.scSpecTypeOption, { name: "Option", of: 1 }],
  [ScSpecType.scSpecTypeResult, { name: "Result", of: 2 }],
  [ScSpecType.scSpecTypeVec, { name: "Vec", of: 1 }],
  [ScSpecType.scSpecTypeMap, { name: "Map", of: 2 }],
]);

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
/** As JSON has it between quotes, too. */
const PLAIN_TEXT = /^[ !#-[\]-~]*$/;

/** A text for people and for PostgreSQL: what is no UTF-8, and NUL, is U+FFFD. `p` is the offset of an XDR string. */
export function nameAt({ x, bytes }: ContractSpec, p: number): string {
  const start = (p + 1) * 4;
  const end = start + (x[p]! >>> 0);
  const text = bytes.toString("latin1", start, end);
  return PLAIN_TEXT.test(text) ? text : utf8.decode(bytes.subarray(start, end)).replaceAll("\0", "\uFFFD");
}

function quoted(text: string): string {
  return PLAIN_TEXT.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** Writes what a specification says, until it is too much. */
export class SpecWriter {
  readonly #spec: ContractSpec;
  /** Characters that may still be written. */
  #room: number;
  /** Of the next part of what is written. */
  #at = 0;

  constructor(spec: ContractSpec, room: number) {
    this.#spec = spec;
    this.#room = room;
  }

  /** JSON of a `ContractFunction`; null: it does not fit. @param p a ScSpecFunctionV0 that has been checked */
  functionJson(p: number): string | null {
    const { x } = this.#spec;
    const name = afterString(x, p);
    let json = `{"name":${quoted(nameAt(this.#spec, name))},"inputs":[`;
    this.#at = afterString(x, name);
    for (let i = 0, count = x[this.#at++]! >>> 0; i < count; i++) {
      const input = afterString(x, this.#at);
      this.#at = afterString(x, input);
      const type = quoted(this.#type());
      json += `${i === 0 ? "" : ","}{"name":${quoted(nameAt(this.#spec, input))},"type":${type}}`;
      if (json.length > this.#room) return null;
    }
    json += `],"outputs":[${x[this.#at++] === 1 ? quoted(this.#type()) : ""}]}`;
    // A comma or the closing bracket stands behind it.
    this.#room -= json.length + 1;
    return this.#room < 0 ? null : json;
  }

  /** The type at `#at` as the field writes it: `Address`, `Map<Symbol, i128>`, `BytesN<32>`, `(u32, bool)`, one of the contract's own by its name. */
  #type(): string {
    const { x } = this.#spec;
    const code = x[this.#at++]!;
    const plain = PLAIN.get(code);
    if (plain !== undefined) return plain;
    if (code === ScSpecType.scSpecTypeBytesN) return `BytesN<${x[this.#at++]! >>> 0}>`;
    const generic = GENERIC.get(code);
    if (generic !== undefined) return `${generic.name}<${this.#types(generic.of)}>`;
    if (code === ScSpecType.scSpecTypeTuple) {
      const count = x[this.#at++]! >>> 0;
      return count === 1 ? `(${this.#type()},)` : `(${this.#types(count)})`;
    }
    const name = this.#at;
    this.#at = afterString(x, name);
    return nameAt(this.#spec, name);
  }

  #types(count: number): string {
    let text = "";
    for (let i = 0; i < count; i++) text += i === 0 ? this.#type() : `, ${this.#type()}`;
    return text;
  }
}
