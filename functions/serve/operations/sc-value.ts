import { scAddressAt } from "../../shared/xdr/addresses.ts";
import { elements, int64, int128, uint64, type Words, XdrError } from "../../shared/xdr/words.ts";
import {
  ContractExecutableType,
  readContractExecutableExternalRef,
  ScErrorType,
  ScValType,
  skipScVal,
} from "../../shared/xdr/xdr.generated.ts";
import type { Json } from "./body.ts";
import { bytesAt, exactTextAt, hexAt } from "./primitives.ts";

/** Values in values that are shown. Contracts use a handful; parsers of JSON stop at a hundred or so, and a map is two deep. */
const MAX_DEPTH = 32;
/** Characters of all values of an operation that are shown, before JSON escapes them. */
const MAX_CHARACTERS = 32_768;
/** What stands for a value that is not shown. */
const TRUNCATED = { truncated: true } as const;

const ERROR_TYPES = ["contract", "wasm_vm", "context", "storage", "object", "crypto", "events", "budget", "value", "auth"] as const;
const ERROR_CODES = [
  "arith_domain",
  "index_bounds",
  "invalid_input",
  "missing_value",
  "existing_value",
  "exceeded_limit",
  "invalid_action",
  "internal_error",
  "unexpected_type",
  "unexpected_size",
] as const;

/**
 * Shows values of contracts (ScVal) as JSON that people and programs can read: docs/api.md has the table. One for an operation: all its
 * values together are bounded. What is too long or too deep is `{ truncated: true }`, after which a list ends.
 */
export class ReadableValues {
  /** Was anything left out? */
  truncated = false;
  readonly #x: Words;
  readonly #xdr: Buffer;
  #left = MAX_CHARACTERS;
  /** Is there no room for another value? Then what is read now is left as it is. */
  #isOver = false;
  /** Word offset of what is read next. */
  #p = 0;

  /** @param xdr the bytes of `x`, which were checked */
  constructor(x: Words, xdr: Buffer) {
    this.#x = x;
    this.#xdr = xdr;
  }

  /** The `ScVal[]` at a word. */
  listAt(p: number): Json[] {
    const list: Json[] = [];
    for (const at of elements(this.#x, p, skipScVal)) {
      this.#p = at;
      list.push(this.#value(1));
      if (this.#isOver) break;
    }
    return list;
  }

  /** The `ContractExecutable` at a word. */
  executableAt(p: number): Json {
    this.#p = p;
    return this.#executable();
  }

  #value(depth: number): Json {
    const start = this.#p;
    const type = this.#x[this.#p++]!;
    // The comma behind it.
    this.#left -= 1;
    if (this.#left < 0) return this.#cut();
    switch (type) {
      case ScValType.scvBool:
        return this.#charged(this.#x[this.#p++] === 1, 5);
      case ScValType.scvVoid:
        return this.#charged(null, 4);
      case ScValType.scvError:
        return this.#error();
      case ScValType.scvU32:
        return this.#charged(this.#x[this.#p++]! >>> 0, 8);
      case ScValType.scvI32:
        return this.#charged(this.#x[this.#p++]!, 8);
      case ScValType.scvU64:
      case ScValType.scvTimepoint:
      case ScValType.scvDuration:
        return this.#integer(uint64(this.#x, this.#p), 2);
      case ScValType.scvI64:
        return this.#integer(int64(this.#x, this.#p), 2);
      case ScValType.scvU128:
        return this.#integer((uint64(this.#x, this.#p) << 64n) | uint64(this.#x, this.#p + 2), 4);
      case ScValType.scvI128:
        return this.#integer(int128(this.#x, this.#p), 4);
      case ScValType.scvU256:
        return this.#integer(uint256(this.#x, this.#p), 8);
      case ScValType.scvI256:
        return this.#integer(BigInt.asIntN(256, uint256(this.#x, this.#p)), 8);
      case ScValType.scvBytes: {
        const bytes = bytesAt(this.#xdr, this.#p);
        return bytes.length * 2 > this.#left ? this.#cut() : this.#charged(bytes.toString("hex"), bytes.length * 2, opaqueWords(bytes));
      }
      case ScValType.scvString:
      case ScValType.scvSymbol:
        return this.#text();
      case ScValType.scvVec:
        if (depth >= MAX_DEPTH) return this.#pass(start);
        return this.#optional(() => this.#list(() => this.#value(depth + 1)));
      case ScValType.scvMap:
        if (depth >= MAX_DEPTH) return this.#pass(start);
        return this.#optional(() => this.#pairs(depth));
      case ScValType.scvAddress: {
        const { text } = scAddressAt(this.#x, this.#p);
        this.#p = skipScVal(this.#x, start);
        return this.#charged(text, text.length);
      }
      case ScValType.scvContractInstance: {
        if (depth >= MAX_DEPTH) return this.#pass(start);
        const executable = this.#executable();
        return { executable, storage: this.#optional(() => this.#pairs(depth)) };
      }
      case ScValType.scvLedgerKeyContractInstance:
        return this.#charged({ ledger_key: "contract_instance" }, 34);
      case ScValType.scvLedgerKeyNonce:
        this.#left -= 12;
        return { nonce: this.#integer(int64(this.#x, this.#p), 2) };
      case ScValType.scvExecutableTag:
        this.#left -= 20;
        return { executable_tag: this.#text() };
      default:
        throw new XdrError("ScVal", start * 4);
    }
  }

  /** Behind a bool that says whether there is something. */
  #optional(read: () => Json): Json {
    return this.#x[this.#p++] === 1 ? read() : this.#charged(null, 4);
  }

  #list(read: () => Json): Json[] {
    const list: Json[] = [];
    for (let left = this.#x[this.#p++]! >>> 0; left > 0 && !this.#isOver; left--) list.push(read());
    this.#left -= 2;
    return list;
  }

  /** A map, as a list of its pairs: keys may be of any type. */
  #pairs(depth: number): Json[] {
    return this.#list(() => {
      const key = this.#value(depth + 1);
      return [key, this.#isOver ? TRUNCATED : this.#value(depth + 1)];
    });
  }

  #text(): Json {
    const bytes = bytesAt(this.#xdr, this.#p);
    if (bytes.length * 2 > this.#left) return this.#cut();
    return this.#charged(exactTextAt(this.#xdr, this.#p), bytes.length * 2 + 2, opaqueWords(bytes));
  }

  #error(): Json {
    const type = this.#x[this.#p]!;
    const code = this.#x[this.#p + 1]!;
    this.#p += 2;
    return this.#charged({ error: ERROR_TYPES[type]!, code: type === ScErrorType.sceContract ? code >>> 0 : ERROR_CODES[code]! }, 40);
  }

  #executable(): Json {
    const type = this.#x[this.#p++];
    if (type === ContractExecutableType.contractExecutableWasm)
      return this.#charged({ type: "wasm", wasm_hash: hexAt(this.#xdr, this.#p, 32) }, 90, 8);
    if (type === ContractExecutableType.contractExecutableStellarAsset) return this.#charged({ type: "stellar_asset" }, 24);
    const { executableOwner, tag } = readContractExecutableExternalRef(this.#x, this.#p);
    this.#p = tag;
    return this.#charged({ type: "external_ref", owner: scAddressAt(this.#x, executableOwner).text, tag: this.#text() }, 100);
  }

  #integer(value: bigint, words: number): string {
    const text = value.toString();
    return this.#charged(text, text.length + 2, words);
  }

  /** The value, its characters counted; it takes so many more words. */
  #charged<Value extends Json>(value: Value, characters: number, words = 0): Value {
    this.#left -= characters;
    this.#p += words;
    return value;
  }

  /** Ends everything that is being read. */
  #cut(): Json {
    this.truncated = true;
    this.#isOver = true;
    return TRUNCATED;
  }

  /** Leaves out the value that begins at a word, and goes on behind it. */
  #pass(start: number): Json {
    this.truncated = true;
    this.#p = skipScVal(this.#x, start);
    return TRUNCATED;
  }
}

function uint256(x: Words, p: number): bigint {
  return (uint64(x, p) << 192n) | (uint64(x, p + 2) << 128n) | (uint64(x, p + 4) << 64n) | uint64(x, p + 6);
}

/** Words of an opaque with its length. */
function opaqueWords(bytes: Uint8Array): number {
  return 1 + Math.ceil(bytes.length / 4);
}
