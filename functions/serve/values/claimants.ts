import { accountAt } from "../../shared/xdr/addresses.ts";
import { wordsOf } from "../../shared/xdr/words-of.ts";
import { elements, fail, int64, type Words } from "../../shared/xdr/words.ts";
import { ClaimPredicateType, readClaimantV0, skipClaimant, skipClaimPredicate } from "../../shared/xdr/xdr.generated.ts";

/** When a claimant may claim (CAP-23). Times are seconds since 1970, UTC, of a ledger's close. */
export type Predicate =
  | { type: "unconditional" }
  | { type: "and" | "or"; predicates: Predicate[] }
  /** Null: the type allows a predicate that is not there, the network makes no balance with it. */
  | { type: "not"; predicate: Predicate | null }
  /** Before the time. */
  | { type: "absolute"; before: bigint }
  /** Within so many seconds after the balance was made. The network makes it absolute when it writes the entry. */
  | { type: "relative"; seconds: bigint };

export interface Claimant {
  /** `G…` */
  destination: string;
  predicate: Predicate;
}

/** Reads `claimable_balances.claimants`, XDR `Claimant<10>`. @throws XdrError */
export function readClaimants(bytes: Uint8Array): Claimant[] {
  const x = wordsOf(bytes);
  const all = elements(x, 0, skipClaimant);
  const last = all.at(-1);
  const end = last === undefined ? 1 : skipClaimant(x, last);
  if (end !== x.length) fail("Claimant[]", Math.min(end, x.length));
  return all.map((p) => {
    const { destination, predicate } = readClaimantV0(x, p + 1);
    return { destination: accountAt(x, destination + 1).text, predicate: predicateAt(x, predicate) };
  });
}

/** The `ClaimPredicate` at a word. @throws XdrError */
export function predicateAt(x: Words, p: number): Predicate {
  const body = p + 1;
  switch (x[p]) {
    case ClaimPredicateType.claimPredicateUnconditional:
      return { type: "unconditional" };
    case ClaimPredicateType.claimPredicateAnd:
    case ClaimPredicateType.claimPredicateOr: {
      const predicates = elements(x, body, skipClaimPredicate).map((at) => predicateAt(x, at));
      return { type: x[p] === ClaimPredicateType.claimPredicateAnd ? "and" : "or", predicates };
    }
    case ClaimPredicateType.claimPredicateNot:
      return { type: "not", predicate: x[body] === 1 ? predicateAt(x, body + 1) : null };
    case ClaimPredicateType.claimPredicateBeforeAbsoluteTime:
      return { type: "absolute", before: int64(x, body) };
    case ClaimPredicateType.claimPredicateBeforeRelativeTime:
      return { type: "relative", seconds: int64(x, body) };
    default:
      return fail("ClaimPredicate", p);
  }
}

/** A predicate in the shape in which Horizon shows it. */
export type PredicateJson =
  | { unconditional: true }
  | { and: PredicateJson[] }
  | { or: PredicateJson[] }
  | { not: PredicateJson | null }
  | { abs_before: string; abs_before_epoch: string }
  | { rel_before: string };

export function predicateJson(predicate: Predicate): PredicateJson {
  switch (predicate.type) {
    case "unconditional":
      return { unconditional: true };
    case "and":
      return { and: predicate.predicates.map(predicateJson) };
    case "or":
      return { or: predicate.predicates.map(predicateJson) };
    case "not":
      return { not: predicate.predicate && predicateJson(predicate.predicate) };
    case "absolute":
      return { abs_before: anyYear(predicate.before), abs_before_epoch: String(predicate.before) };
    case "relative":
      return { rel_before: String(predicate.seconds) };
  }
}

/** Seconds in 400 years of the Gregorian calendar, which then begins anew. */
const ERA = 12_622_780_800n;

/** Seconds since 1970 as ISO 8601 of any year: with a sign where the year has not four digits. */
function anyYear(seconds: bigint): string {
  let era = seconds / ERA;
  if (era * ERA > seconds) era--;
  const date = new Date(Number(seconds - era * ERA) * 1000);
  const year = BigInt(date.getUTCFullYear()) + era * 400n;
  const rest = `${date.toISOString().slice(4, 19)}Z`;
  if (year >= 0n && year <= 9999n) return String(year).padStart(4, "0") + rest;
  return `${year < 0n ? "-" : "+"}${String(year < 0n ? -year : year).padStart(4, "0")}${rest}`;
}
