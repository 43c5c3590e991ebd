import { signerKeyAt } from "../../shared/xdr/addresses.ts";
import { elements, int64, uint64, type Words } from "../../shared/xdr/words.ts";
import { readLedgerBounds, readPreconditionsV2, readTimeBounds, skipSignerKey } from "../../shared/xdr/xdr.generated.ts";

/** A `Preconditions` on its way to the response: what must hold for a transaction to be valid (CAP-21). Null members ask for nothing. */
export interface PreconditionsNode {
  /** Seconds since 1970, decimal: not every 64-bit number is a time that can be written. Inclusive. */
  readonly timeBounds: { readonly minTime: string | null; readonly maxTime: string | null } | null;
  /** From the lower one on, before the upper one. */
  readonly ledgerBounds: { readonly minLedger: number; readonly maxLedger: number | null } | null;
  /** Decimal. */
  readonly minAccountSequence: string | null;
  /** Seconds, decimal. */
  readonly minAccountSequenceAge: string | null;
  /** Ledgers. */
  readonly minAccountSequenceLedgerGap: number | null;
  /** Strkeys of any kind. */
  readonly extraSigners: readonly string[];
}

/** Arms of `Preconditions`. */
const NONE = 0;
const TIME = 1;

/** The `Preconditions` at word `p`; null: the transaction has none. */
export function preconditionsAt(x: Words, p: number): PreconditionsNode | null {
  if (x[p] === NONE) return null;
  if (x[p] === TIME)
    return {
      timeBounds: timeBoundsAt(x, p + 1),
      ledgerBounds: null,
      minAccountSequence: null,
      minAccountSequenceAge: null,
      minAccountSequenceLedgerGap: null,
      extraSigners: [],
    };
  const { timeBounds, ledgerBounds, minSeqNum, minSeqAge, minSeqLedgerGap, extraSigners } = readPreconditionsV2(x, p + 1);
  return {
    timeBounds: x[timeBounds] === 1 ? timeBoundsAt(x, timeBounds + 1) : null,
    ledgerBounds: x[ledgerBounds] === 1 ? ledgerBoundsAt(x, ledgerBounds + 1) : null,
    minAccountSequence: x[minSeqNum] === 1 ? int64(x, minSeqNum + 1).toString() : null,
    minAccountSequenceAge: secondsAt(x, minSeqAge),
    minAccountSequenceLedgerGap: minSeqLedgerGap === 0 ? null : minSeqLedgerGap,
    extraSigners: elements(x, extraSigners, skipSignerKey).map((at) => signerKeyAt(x, at).text),
  };
}

function timeBoundsAt(x: Words, p: number): PreconditionsNode["timeBounds"] {
  const { minTime, maxTime } = readTimeBounds(x, p);
  return { minTime: secondsAt(x, minTime), maxTime: secondsAt(x, maxTime) };
}

function ledgerBoundsAt(x: Words, p: number): PreconditionsNode["ledgerBounds"] {
  const { minLedger, maxLedger } = readLedgerBounds(x, p);
  return { minLedger, maxLedger: maxLedger === 0 ? null : maxLedger };
}

/** Null: 0, which is no bound. */
function secondsAt(x: Words, p: number): string | null {
  const seconds = uint64(x, p);
  return seconds === 0n ? null : seconds.toString();
}
