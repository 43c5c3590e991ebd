/** A string of a JSON text that was left where it is: the positions of its first character and of its closing quote in the text. */
interface LongString {
  longString: [start: number, end: number];
}

/** Shorter strings are read as usual. */
const LONG = 4096;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Characters beside long strings; a page of ledgers has a hundredth of it. */
const MAX_REST = 4 * 1024 * 1024;
/** Characters decoded at once; a multiple of 4, and small enough to die young. */
const PIECE = 65_536;

/** Position of the quote that closes the string whose first character is at `from`; the text's length when there is none. */
function closingQuote(text: Buffer, from: number): number {
  for (let at = text.indexOf(QUOTE, from); at >= 0; at = text.indexOf(QUOTE, at + 1)) {
    let backslashes = 0;
    while (text[at - 1 - backslashes] === BACKSLASH && at - backslashes > from) backslashes++;
    if (backslashes % 2 === 0) return at;
  }
  return text.length;
}

/**
 * Parses JSON, but leaves long strings in the text's bytes: a response with megabytes of base64 then costs its own size once, and not
 * three times more in strings that live until the next full collection.
 * @returns the value, with a `LongString` in the place of each string of more than 4096 characters
 * @throws SyntaxError
 */
export function parseWithLongStrings(text: Buffer): unknown {
  const parts: string[] = [];
  let copied = 0;
  for (let open = text.indexOf(QUOTE); open >= 0;) {
    const close = closingQuote(text, open + 1);
    if (close - open > LONG && close < text.length) {
      parts.push(text.toString("utf8", copied, open), `{"longString":[${open + 1},${close}]}`);
      copied = close + 1;
    }
    open = text.indexOf(QUOTE, close + 1);
  }
  parts.push(text.toString("utf8", copied));
  const rest = parts.join("");
  // A value takes many times its text: a few megabytes of brackets would fill the memory.
  if (rest.length > MAX_REST) throw new SyntaxError(`more than ${MAX_REST} characters beside long strings`);
  return JSON.parse(rest);
}

/** Is it a string that was left in a text of this length? */
export function isLongString(value: unknown, length: number): value is LongString {
  if (typeof value !== "object" || value === null || !("longString" in value) || !Array.isArray(value.longString)) return false;
  const [start, end] = value.longString as unknown[];
  return Number.isInteger(start) && Number.isInteger(end) && 0 <= Number(start) && Number(start) <= Number(end) && Number(end) <= length;
}

/** Decodes base64 that was left in a text. Damaged base64 gives fewer bytes. */
export function decodeBase64(text: Buffer, { longString: [start, end] }: LongString): Buffer {
  const bytes = Buffer.allocUnsafe(Math.floor(((end - start) * 3) / 4));
  let length = 0;
  for (let at = start; at < end; at += PIECE) {
    const piece = text.toString("latin1", at, Math.min(at + PIECE, end));
    length += bytes.write(piece, length, "base64");
  }
  return bytes.subarray(0, length);
}
