import { badInput } from "../errors/client-errors.ts";
import { BadScalar, type TimeInput } from "../values/scalars.ts";
import { databaseTime, type Micros, YEAR_ONE } from "../values/time.ts";

/** Inclusive bounds of the ledger close time as text for timestamptz; null is open. */
export interface TimeRange {
  since: string | null;
  until: string | null;
}

/** The range's arguments as the resolver gets them. */
export interface TimeRangeArguments {
  since?: TimeInput | null;
  until?: TimeInput | null;
}

/** Reads `since` and `until`, which `checkScalars` has seen. An empty `since` is open, an empty `until` lies before every ledger. */
export function readTimeRange(args: TimeRangeArguments): TimeRange {
  const since = bound(args.since, null);
  const until = bound(args.until, YEAR_ONE);
  if (since !== null && until !== null && until < since) throw badInput("until must not be before since");
  return { since: since === null ? null : databaseTime(since), until: until === null ? null : databaseTime(until) };
}

function bound(value: TimeInput | null | undefined, empty: Micros | null): Micros | null {
  if (value === null || value === undefined || value instanceof BadScalar) return null;
  return value === "empty" ? empty : value;
}
