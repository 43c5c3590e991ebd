/** A byte order mark is part of the text. */
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text of bytes that anybody may have written; null: they are no UTF-8. */
export function textOfBytes(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}
