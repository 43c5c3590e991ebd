/**
 * Flags. Three encodings:
 *
 * - `flags` of state changes: one bit for each flag of accounts (`AccountFlag`, in FLAGS rows) and of trustlines
 *   (`TrustlineFlag`, in BALANCE_AUTHORIZATION rows). Ingest writes the bits that were set or cleared, serve shows their names.
 * - `accounts.flags`, integer: the protocol's AccountFlags as they stand in the entry (`accountFlags` reads them).
 * - `trustline_balances.flags`, integer: the protocol's TrustLineFlags as they stand in the entry (`TrustlineEntryFlag`; CAP-18,
 *   CAP-35). Ingest writes them, serve shows two of them.
 *
 * Those of claimable balances and offers are one bit each, which the columns have as a boolean (`is_clawback_enabled`, `is_passive`).
 */

/** Bits of an account's flags in state changes, by their names in the API and in its order. */
export const AccountFlag = { AUTH_REQUIRED: 2, AUTH_REVOCABLE: 4, AUTH_IMMUTABLE: 8, AUTH_CLAWBACK_ENABLED: 16 } as const;

/** Bits of a trustline's flags in state changes, by their names in the API and in its order. */
export const TrustlineFlag = { AUTHORIZED: 1, AUTHORIZED_TO_MAINTAIN_LIABILITIES: 64, CLAWBACK_ENABLED: 32 } as const;

/** Bits of the protocol's TrustLineFlags and of `trustline_balances.flags`. */
export const TrustlineEntryFlag = { AUTHORIZED: 1, AUTHORIZED_TO_MAINTAIN_LIABILITIES: 2, CLAWBACK_ENABLED: 4 } as const;

/** The bit of the protocol's ClaimableBalanceFlags (CAP-35). */
export const ClaimableBalanceEntryFlag = { CLAWBACK_ENABLED: 1 } as const;

/** The bit of the protocol's OfferEntryFlags. */
export const OfferEntryFlag = { PASSIVE: 1 } as const;

/** The protocol's AccountFlags (1 required, 2 revocable, 4 immutable, 8 clawback enabled) as bits of `AccountFlag`. */
export function accountFlags(xdr: number): number {
  return (xdr & 15) << 1;
}

/** The names of the flags in the bits of `AccountFlag`. */
export function accountFlagNames(bits: number): (keyof typeof AccountFlag)[] {
  return ACCOUNT_FLAGS.filter(([, bit]) => (bits & bit) !== 0).map(([name]) => name);
}

const ACCOUNT_FLAGS = Object.entries(AccountFlag) as [keyof typeof AccountFlag, number][];

/** The protocol's TrustLineFlags as bits of `TrustlineFlag`. */
export function trustlineFlags(xdr: number): number {
  return (
    (xdr & TrustlineEntryFlag.AUTHORIZED ? TrustlineFlag.AUTHORIZED : 0) |
    (xdr & TrustlineEntryFlag.AUTHORIZED_TO_MAINTAIN_LIABILITIES ? TrustlineFlag.AUTHORIZED_TO_MAINTAIN_LIABILITIES : 0) |
    (xdr & TrustlineEntryFlag.CLAWBACK_ENABLED ? TrustlineFlag.CLAWBACK_ENABLED : 0)
  );
}
