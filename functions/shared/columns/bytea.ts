/**
 * The text form of bytea columns, PostgreSQL's hex format: `\x` and two lower-case digits a byte. Addresses are such columns
 * (`account_id`, `token_id`, `signer_account_id` and so on: version byte and whole payload, SEP-23), hashes and XDR too.
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

/** The text of a `bytea[]`, as PostgreSQL writes and reads it: the elements are quoted, their backslash is escaped. */
export function byteaArrayText(elements: readonly Uint8Array[]): string {
  return `{${elements.map((bytes) => `"\\\\x${hexOf(bytes)}"`).join(",")}}`;
}

/** The same from elements that are texts already. */
export function byteaArrayOfTexts(elements: readonly string[]): string {
  return `{${elements.map((text) => `"\\${text}"`).join(",")}}`;
}

/** Is the element in the text of a `bytea[]`? Both are texts. */
export function byteaArrayIncludes(array: string, element: string): boolean {
  // From its x to the closing quote; nothing else in the array can match.
  return array.includes(`x${byteaHex(element)}"`);
}

/** The elements of the text of a `bytea[]`, as texts; none of them is empty. */
export function byteaArrayElements(array: string): string[] {
  return (array.match(/[0-9a-f]{2,}/g) ?? []).map((hex) => `\\x${hex}`);
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}
