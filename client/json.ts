import { ALIASES } from "./queries.ts";

/** Members that are 64-bit numbers. */
const INT64 = new Set(["id", "feeCharged"]);

/** The third argument of a reviver, which tells a number's own digits. */
interface Source {
  source?: string;
}

/** An answer's JSON: 64-bit numbers as bigint without loss, aliases under their fields' own names. */
export function parseAnswer(text: string): unknown {
  const revive = (key: string, value: unknown, context?: Source): unknown => {
    if (typeof value === "number" && INT64.has(key)) return exact(value, context?.source);
    return typeof value === "object" && value !== null && "__typename" in value ? unaliased(value) : value;
  };
  return JSON.parse(text, revive);
}

function exact(value: number, source: string | undefined): bigint {
  if (source !== undefined) return BigInt(source);
  if (!Number.isSafeInteger(value))
    throw new Error("this JavaScript engine cannot read 64-bit numbers from JSON: it needs JSON.parse source text access");
  return BigInt(value);
}

function unaliased(value: object): object {
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [Object.hasOwn(ALIASES, key) ? ALIASES[key]! : key, member]));
}

/** A request's body; bigint members are written with all their digits. */
export function requestBody(query: string, variables: Record<string, unknown>): string {
  return JSON.stringify({ query, variables }, (_, member: unknown) => (typeof member === "bigint" ? member.toString() : member));
}
