/**
 * The text form of bytea columns, PostgreSQL's hex format: `\x` and two lower-case digits a byte. Addresses are such columns
 * (`account_id`, `owner_id`, `spender_id` and so on: version byte and whole payload, SEP-23), hashes and the packed history too.
 * Addresses in payloads are decoded to the same form.
 *
 * Ingest writes it in array parameters, serve reads columns in this form and asks for addresses in it.
 */

/** Bytes as the text of a bytea. */
export function byteaText(bytes: Uint8Array): string {
  return `\\x${hexOf(bytes)}`;
}

/** The hex digits of a bytea's text. */
export function byteaHex(text: string): string {
  return text.slice(2);
}

/** The bytes of a bytea's text. */
export function byteaBytes(text: string): Buffer {
  return Buffer.from(byteaHex(text), "hex");
}

/** The text of a `bytea[]`, as PostgreSQL writes and reads it: the elements are quoted, their backslash is escaped; null stays null. */
export function byteaArrayText(elements: readonly (Uint8Array | null)[]): string {
  // One conversion for all: calling it for each costs more than the digits do.
  let length = 0;
  for (const bytes of elements) if (bytes !== null) length += bytes.length;
  const all = Buffer.allocUnsafe(length);
  let at = 0;
  for (const bytes of elements) {
    if (bytes === null) continue;
    all.set(bytes, at);
    at += bytes.length;
  }
  const digits = all.toString("hex");
  let text = "";
  let from = 0;
  for (const bytes of elements) {
    if (text !== "") text += ",";
    if (bytes === null) {
      text += "null";
      continue;
    }
    const to = from + bytes.length * 2;
    text += `"\\\\x${digits.slice(from, to)}"`;
    from = to;
  }
  return `{${text}}`;
}

/** The same from elements that are texts already. */
export function byteaArrayOfTexts(elements: readonly (string | null)[]): string {
  return `{${elements.map((text) => (text === null ? "null" : `"\\${text}"`)).join(",")}}`;
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}
