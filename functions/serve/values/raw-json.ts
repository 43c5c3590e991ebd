declare global {
  interface JSON {
    /** ES2026: text that `JSON.stringify` writes as it is. TypeScript's library does not know it yet. */
    rawJSON(text: string): object;
  }
}

/** Digits that `JSON.stringify` writes exactly, whatever their number. */
export function rawNumber(digits: string): object {
  return JSON.rawJSON(digits);
}
