import { percentile } from "./percentile.ts";

/** Milliseconds a ledger. */
export interface PhaseFigures {
  mean: number;
  p50: number;
  p95: number;
}

/** @param times one a ledger */
export function phase(times: number[]): PhaseFigures {
  return { mean: times.reduce((sum, time) => sum + time, 0) / times.length, p50: percentile(times, 0.5), p95: percentile(times, 0.95) };
}
