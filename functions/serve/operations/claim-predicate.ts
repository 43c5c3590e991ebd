import { elements, int64, type Words, XdrError } from "../../shared/xdr/words.ts";
import { ClaimPredicateType, skipClaimPredicate } from "../../shared/xdr/xdr.generated.ts";
import type { Json } from "./body.ts";

/** A `ClaimPredicate` as Horizon shows it: `unconditional`, `and`, `or`, `not`, `abs_before` with `abs_before_epoch`, `rel_before`. */
export function claimPredicateAt(x: Words, p: number): Json {
  switch (x[p]) {
    case ClaimPredicateType.claimPredicateUnconditional:
      return { unconditional: true };
    case ClaimPredicateType.claimPredicateAnd:
      return { and: elements(x, p + 1, skipClaimPredicate).map((at) => claimPredicateAt(x, at)) };
    case ClaimPredicateType.claimPredicateOr:
      return { or: elements(x, p + 1, skipClaimPredicate).map((at) => claimPredicateAt(x, at)) };
    case ClaimPredicateType.claimPredicateNot:
      return { not: x[p + 1] === 1 ? claimPredicateAt(x, p + 2) : null };
    case ClaimPredicateType.claimPredicateBeforeAbsoluteTime: {
      const seconds = int64(x, p + 1);
      return { abs_before: isoTime(seconds), abs_before_epoch: seconds.toString() };
    }
    case ClaimPredicateType.claimPredicateBeforeRelativeTime:
      return { rel_before: int64(x, p + 1).toString() };
    default:
      throw new XdrError("ClaimPredicate", p * 4);
  }
}

/** Days of the 400 years after which the Gregorian calendar repeats itself. */
const CYCLE_DAYS = 146_097n;
const CYCLE_SECONDS = CYCLE_DAYS * 86_400n;

/**
 * Seconds since 1970 as an RFC 3339 time in UTC. Wallets mean "never" by the largest int64, so a year may have more than four digits: then
 * it has a sign (ISO 8601).
 */
function isoTime(seconds: bigint): string {
  // A date of the same cycle, which Date knows, and the years between.
  const cycles = (seconds - (((seconds % CYCLE_SECONDS) + CYCLE_SECONDS) % CYCLE_SECONDS)) / CYCLE_SECONDS;
  const date = new Date(Number(seconds - cycles * CYCLE_SECONDS) * 1000);
  const year = BigInt(date.getUTCFullYear()) + cycles * 400n;
  const digits = (year < 0n ? -year : year).toString().padStart(4, "0");
  return `${year > 9999n ? "+" : year < 0n ? "-" : ""}${digits}${date.toISOString().slice(4, 19)}Z`;
}
