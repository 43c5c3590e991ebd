import { sha256 } from "./keys.ts";

/** Numbers that follow from a text alone (mulberry32, seeded by its SHA-256). */
export interface Random {
  /** An integer from 0 to `below` - 1. */
  below(below: number): number;
  pick<T>(from: readonly T[]): T;
}

export function random(seed: string): Random {
  let state = sha256(seed).readUInt32BE(0);
  const below = (bound: number): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % bound;
  };
  return { below, pick: (from) => from[below(from.length)]! };
}
