/**
 * `accounts.thresholds`, integer: the protocol's Thresholds (weight of the master key; low, medium and high threshold; a byte each) as one
 * 32-bit number, the first byte on top, as XDR has them. Ingest writes the word as it stands in the entry, serve and `wallet verify` read it.
 */

/** What signatures of an account must weigh, and what its master key weighs. 0 to 255 each. */
interface Thresholds {
  masterWeight: number;
  low: number;
  medium: number;
  high: number;
}

/** The four bytes of the number, signed or not. */
export function readThresholds(packed: number): Thresholds {
  return { masterWeight: packed >>> 24, low: (packed >>> 16) & 255, medium: (packed >>> 8) & 255, high: packed & 255 };
}

/** Those of an account that nobody set up: the master key's weight is 1, everything else 0. */
export const NEW_THRESHOLDS: number = 1 << 24;
