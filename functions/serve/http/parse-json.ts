/** ES2026: a reviver also gets the number's text. TypeScript's library does not know it yet. */
type SourceReviver = (key: string, value: unknown, context?: { source?: string }) => unknown;

/** Integers that a double cannot hold stay exact, as bigint. */
const lossless: SourceReviver = (_key, value, context) => {
  const source = context?.source;
  return typeof value === "number" && !Number.isSafeInteger(value) && source !== undefined && /^-?[0-9]+$/.test(source)
    ? BigInt(source)
    : value;
};

/**
 * Parses the first JSON object of a text without losing digits; what follows it is ignored, as by the reference implementation.
 * @throws SyntaxError
 */
export function parseFirstObject(text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    const end = endOfObject(text);
    if (end === null) throw error;
    return parseJson(text.slice(0, end));
  }
}

/** Where the object that the text begins with ends, if something stands behind it. */
function endOfObject(text: string): number | null {
  const start = /\S/.exec(text)?.index ?? 0;
  if (text[start] !== "{") return null;
  let depth = 0;
  let quoted = false;
  for (let i = start; i < text.length; i++) {
    const char = text[i];
    if (quoted) {
      if (char === "\\") i++;
      else if (char === '"') quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === "{") depth++;
    else if (char === "}" && --depth === 0) return i + 1 < text.length ? i + 1 : null;
  }
  return null;
}

/** Parses JSON without losing digits of 64-bit ids. The reviver is slow, so it runs only where a long number may stand. */
export function parseJson(text: string): unknown {
  return /[0-9]{16}/.test(text) ? JSON.parse(text, lossless) : JSON.parse(text);
}
