import { stateChangeKinds } from "./codes.ts";

/** The bit of `account_links.kinds` for a kind that is in no list. */
const UNKNOWN_KIND_BIT = 1 << 30;

/** Bits of the two kinds that nearly every link has; the partial index on links holds those that have any other. */
export const COMMON_KINDS = bitOf(stateChangeKinds.numberOf("BALANCE/DEBIT")) | bitOf(stateChangeKinds.numberOf("BALANCE/CREDIT"));

/** The bit of a kind in `account_links.kinds`. @param number of `stateChangeKinds`; 0: a kind that is in no list */
export function bitOf(number: number): number {
  return number === 0 ? UNKNOWN_KIND_BIT : 1 << (number - 1);
}

/** Numbers of the kinds of a category and a reason; null: any. Kinds that are in no list are not among them. */
export function kindNumbers(category: string | null, reason: string | null): number[] {
  const numbers: number[] = [];
  for (let number = 1; ; number++) {
    const kind = stateChangeKinds.textOf(number);
    if (kind === undefined) return numbers;
    const slash = kind.indexOf("/");
    if ((category === null || kind.slice(0, slash) === category) && (reason === null || kind.slice(slash + 1) === reason))
      numbers.push(number);
  }
}
