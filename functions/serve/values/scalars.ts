import { GraphQLScalarType, type ConstValueNode, Kind } from "graphql";
import { rawNumber } from "./raw-json.ts";
import { type Micros, parseTime } from "./time.ts";

/**
 * An argument value that its scalar cannot read. Coercion keeps it instead of failing, so that the resolver can report
 * `BAD_USER_INPUT` with the argument's path (D2).
 */
export class BadScalar {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

/** What a `Time` argument turns into: microseconds since 1970, `"empty"` for an empty string. */
export type TimeInput = Micros | "empty" | BadScalar;
/** What an `Int64` argument turns into: decimal digits within 64 bits. */
export type Int64Input = string | BadScalar;
/** What a `UInt32` argument turns into. */
export type UInt32Input = number | BadScalar;

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

function readInt64(value: unknown): Int64Input {
  const text = typeof value === "bigint" || (typeof value === "number" && Number.isSafeInteger(value)) ? String(value) : value;
  if (typeof text !== "string" || !/^[+-]?[0-9]{1,40}$/.test(text))
    return new BadScalar(`Int64 cannot represent ${show(value)}: a 64-bit integer is expected`);
  const number = BigInt(text.startsWith("+") ? text.slice(1) : text);
  if (number < INT64_MIN || number > INT64_MAX) return new BadScalar(`Int64 cannot represent ${show(value)}: out of the 64-bit range`);
  return number.toString();
}

function readTime(value: unknown): TimeInput {
  if (value === "") return "empty";
  const micros = typeof value === "string" ? parseTime(value) : null;
  return micros ?? new BadScalar(`Time cannot represent ${show(value)}: an RFC 3339 time is expected`);
}

function show(value: unknown): string {
  // Variables are read with exact digits, so a list or an object may hold a bigint.
  const exact = (_name: string, member: unknown): unknown => (typeof member === "bigint" ? rawNumber(member.toString()) : member);
  const text = JSON.stringify(value, exact) ?? String(value);
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

/** The plain value of a literal; integers keep their digits. */
function literalValue(node: ConstValueNode): unknown {
  switch (node.kind) {
    case Kind.INT:
      return BigInt(node.value);
    case Kind.STRING:
    case Kind.ENUM:
      return node.value;
    case Kind.FLOAT:
      return Number(node.value);
    case Kind.BOOLEAN:
      return node.value;
    case Kind.NULL:
      return null;
    default:
      return node.kind;
  }
}

/** Exact digits in the response: `JSON.stringify` writes a raw value as it is. */
function writeInt64(value: unknown): unknown {
  return rawNumber(String(value));
}

function readUInt32(value: unknown): UInt32Input {
  const number = typeof value === "bigint" || (typeof value === "string" && /^[0-9]{1,10}$/.test(value)) ? Number(value) : value;
  if (typeof number !== "number" || !Number.isInteger(number) || number < 0 || number > 0xffffffff)
    return new BadScalar(`UInt32 cannot represent ${show(value)}: an integer from 0 to 4294967295 is expected`);
  return number;
}

/** The custom scalars of the schema. */
export const scalars: readonly GraphQLScalarType[] = [
  new GraphQLScalarType<unknown, unknown>({
    name: "Int64",
    coerceOutputValue: writeInt64,
    coerceInputValue: readInt64,
    coerceInputLiteral: (node) => readInt64(literalValue(node)),
  }),
  new GraphQLScalarType<unknown, unknown>({
    name: "Time",
    coerceOutputValue: (value) => value,
    coerceInputValue: readTime,
    coerceInputLiteral: (node) => readTime(literalValue(node)),
  }),
  new GraphQLScalarType<unknown, unknown>({
    name: "UInt32",
    coerceOutputValue: (value) => value,
    coerceInputValue: readUInt32,
    coerceInputLiteral: (node) => readUInt32(literalValue(node)),
  }),
  // No argument has it.
  new GraphQLScalarType<unknown, unknown>({ name: "JSON", coerceOutputValue: (value) => value }),
];
