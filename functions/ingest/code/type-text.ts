import { opaqueAt } from "../ledger/ledger.ts";
import type { Words } from "../../shared/xdr/words.ts";
import { ScSpecType } from "../../shared/xdr/xdr.generated.ts";

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

/** A text for people and for PostgreSQL: what is no UTF-8, and NUL, is U+FFFD. */
export function nameAt(x: Words, bytes: Uint8Array, p: number): string {
  return utf8.decode(opaqueAt(x, bytes, p)).replaceAll("\0", "\uFFFD");
}

/**
 * A type as the field writes it: `Address`, `Map<Symbol, i128>`, `BytesN<32>`, `(u32, bool)`, a type of the contract's own by its name.
 * @param p a ScSpecTypeDef that has been checked
 */
export function typeText(x: Words, bytes: Uint8Array, p: number): string {
  let at = p;
  const next = (): string => {
    const code = x[at++]!;
    const plain = PLAIN.get(code);
    if (plain !== undefined) return plain;
    if (code === ScSpecType.scSpecTypeBytesN) return `BytesN<${x[at++]! >>> 0}>`;
    const generic = GENERIC.get(code);
    if (generic !== undefined) return `${generic.name}<${list(generic.of)}>`;
    if (code === ScSpecType.scSpecTypeTuple) {
      const count = x[at++]! >>> 0;
      return count === 1 ? `(${list(1)},)` : `(${list(count)})`;
    }
    const name = nameAt(x, bytes, at);
    at += 1 + Math.ceil((x[at]! >>> 0) / 4);
    return name;
  };
  const list = (count: number): string => {
    let text = "";
    for (let i = 0; i < count; i++) text += i === 0 ? next() : `, ${next()}`;
    return text;
  };
  return next();
}
