import type { Predicate } from "./claimants.ts";

/** Close times as a set: whether it has the beginning of time, and where it changes, ascending: from such a time on, that time included. */
interface TimeSet {
  fromStart: boolean;
  edges: readonly bigint[];
}

const NEVER: TimeSet = { fromStart: false, edges: [] };

/** The largest time that a predicate can hold: the network stops there when it makes a relative time absolute. */
const LAST_TIME = 2n ** 63n - 1n;

/** When a balance can be claimed. Times are seconds since 1970, UTC. */
interface ClaimTimes {
  now: boolean;
  /** When the time in which it can be claimed began or, if it cannot be now, when the next one begins; null: it has no beginning, or there is none. */
  from: bigint | null;
  /** When that time ends; null: it has no end, or there is none. */
  until: bigint | null;
}

/**
 * When the predicate lets its claimant claim, as seen from a ledger's close time.
 * @param madeAt close time of the ledger that made the balance; null: unknown
 */
export function claimTimes(predicate: Predicate, madeAt: bigint | null, closedAt: bigint): ClaimTimes {
  const { fromStart, edges } = isRelative(predicate) && madeAt === null ? NEVER : timesOf(predicate, madeAt ?? 0n);
  let passed = 0;
  while (passed < edges.length && edges[passed]! <= closedAt) passed++;
  const now = fromStart !== (passed % 2 === 1);
  const [from, until] = now ? [edges[passed - 1], edges[passed]] : [edges[passed], edges[passed + 1]];
  return { now, from: from ?? null, until: until ?? null };
}

/** Does it hold a time that counts from when the balance was made? */
function isRelative(predicate: Predicate): boolean {
  switch (predicate.type) {
    case "and":
    case "or":
      return predicate.predicates.some(isRelative);
    case "not":
      return predicate.predicate !== null && isRelative(predicate.predicate);
    default:
      return predicate.type === "relative";
  }
}

function timesOf(predicate: Predicate, madeAt: bigint): TimeSet {
  switch (predicate.type) {
    case "unconditional":
      return { fromStart: true, edges: [] };
    case "absolute":
      return { fromStart: true, edges: [predicate.before] };
    case "relative": {
      const before = madeAt + predicate.seconds;
      return { fromStart: true, edges: [before < LAST_TIME ? before : LAST_TIME] };
    }
    case "not": {
      if (predicate.predicate === null) return NEVER;
      const { fromStart, edges } = timesOf(predicate.predicate, madeAt);
      return { fromStart: !fromStart, edges };
    }
    default: {
      const isAnd = predicate.type === "and";
      const combine = (a: boolean, b: boolean): boolean => (isAnd ? a && b : a || b);
      return predicate.predicates
        .map((each) => timesOf(each, madeAt))
        .reduce((all, each) => combined(all, each, combine), { fromStart: isAnd, edges: [] });
    }
  }
}

/** Walks both sets in time. */
function combined(a: TimeSet, b: TimeSet, combine: (a: boolean, b: boolean) => boolean): TimeSet {
  const edges: bigint[] = [];
  let [inA, inB] = [a.fromStart, b.fromStart];
  const fromStart = combine(inA, inB);
  let isIn = fromStart;
  for (let i = 0, k = 0; i < a.edges.length || k < b.edges.length;) {
    const [nextA, nextB] = [a.edges[i], b.edges[k]];
    const at = nextB === undefined || (nextA !== undefined && nextA <= nextB) ? nextA! : nextB;
    if (nextA === at) {
      inA = !inA;
      i++;
    }
    if (nextB === at) {
      inB = !inB;
      k++;
    }
    if (combine(inA, inB) === isIn) continue;
    isIn = !isIn;
    edges.push(at);
  }
  return { fromStart, edges };
}
