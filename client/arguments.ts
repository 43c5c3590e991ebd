import { ArgumentError } from "./errors.ts";
import type { PageArguments, TimeRange } from "./types.ts";

/**
 * A page's arguments as variables.
 * @throws ArgumentError by the rules of the API's specification, before anything is sent
 */
export function pageVariables({ first, after, last, before }: PageArguments): Record<string, unknown> {
  if (first !== undefined && last !== undefined) throw new ArgumentError("first and last cannot be used together");
  if (after !== undefined && before !== undefined) throw new ArgumentError("after and before cannot be used together");
  if (first !== undefined && first <= 0) throw new ArgumentError("first must be greater than 0");
  if (last !== undefined && last <= 0) throw new ArgumentError("last must be greater than 0");
  if (first !== undefined && before !== undefined) throw new ArgumentError("first and before cannot be used together");
  if (last !== undefined && after !== undefined) throw new ArgumentError("last and after cannot be used together");
  return { first, after, last, before };
}

/** RFC 3339 texts. */
export function rangeVariables({ since, until }: TimeRange): Record<string, unknown> {
  const text = (time: Date | string | undefined): string | undefined => (time instanceof Date ? time.toISOString() : time);
  return { since: text(since), until: text(until) };
}
