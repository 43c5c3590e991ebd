/** Bits of the `flags` column. Source: spec indexing 5.1. */
export const Flag = {
  authorized: 1,
  authRequired: 2,
  authRevocable: 4,
  authImmutable: 8,
  authClawbackEnabled: 16,
  clawbackEnabled: 32,
  authorizedToMaintainLiabilities: 64,
} as const;

/** XDR AccountFlags (1 required, 2 revocable, 4 immutable, 8 clawback enabled) as column bits. */
export function accountFlags(xdr: number): number {
  return (xdr & 15) << 1;
}

/** XDR TrustLineFlags (1 authorized, 2 maintain liabilities, 4 clawback enabled) as column bits. */
export function trustlineFlags(xdr: number): number {
  return (xdr & 1 ? Flag.authorized : 0) | (xdr & 2 ? Flag.authorizedToMaintainLiabilities : 0) | (xdr & 4 ? Flag.clawbackEnabled : 0);
}
