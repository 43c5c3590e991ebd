/** ES2026: a reviver also gets the number's text. TypeScript's library does not know it yet. */
type SourceReviver = (key: string, value: unknown, context?: { source?: string }) => unknown;

/** Integers that a double cannot hold stay exact, as bigint. */
const lossless: SourceReviver = (_key, value, context) => {
  const source = context?.source;
  return typeof value === "number" && !Number.isSafeInteger(value) && source !== undefined && /^-?[0-9]+$/.test(source)
    ? BigInt(source)
    : value;
};

/** Parses JSON without losing digits of 64-bit ids. The reviver is slow, so it runs only where a long number may stand. */
export function parseJson(text: string): unknown {
  return /[0-9]{16}/.test(text) ? JSON.parse(text, lossless) : JSON.parse(text);
}
