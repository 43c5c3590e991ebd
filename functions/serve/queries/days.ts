import { ledgersBetween } from "../../shared/columns/toid.ts";

/** A row's id and its partition time, both as the database writes them. */
export interface HistoryKey {
  id: string;
  time: string;
}

/** Keys of one UTC day with the bounds that let a generic plan choose the partition. */
interface DayOfKeys {
  /** Text of a `bigint[]`. */
  ids: string;
  lowestId: string;
  highestId: string;
  earliest: string;
  latest: string;
  /** Are they so far apart that a compressed chunk is better asked for each than read from the first to the last? */
  isSparse: boolean;
}

/** Up to this many days, a statement for each day is faster than an index probe for each row. */
const MAX_DAYS = 4;

/** Ledgers a key, from which on keys are sparse (docs/decisions/0006-columnstore.md). */
const SPARSE_LEDGERS = 10;

/** Groups keys by UTC day; ids of a day are as ordered as the keys. Null when they lie on too many days. */
export function keysByDay(keys: readonly HistoryKey[]): DayOfKeys[] | null {
  const days = new Map<string, HistoryKey[]>();
  for (const key of keys) {
    const day = key.time.slice(0, 10);
    const found = days.get(day);
    if (found !== undefined) found.push(key);
    else if (days.size === MAX_DAYS) return null;
    else days.set(day, [key]);
  }
  return [...days.values()].map(dayOfKeys);
}

function dayOfKeys(keys: HistoryKey[]): DayOfKeys {
  let [low, high] = [BigInt(keys[0]!.id), BigInt(keys[0]!.id)];
  let [earliest, latest] = [keys[0]!.time, keys[0]!.time];
  for (const { id, time } of keys) {
    const number = BigInt(id);
    if (number < low) low = number;
    if (number > high) high = number;
    // Texts of whole seconds in UTC have one form and compare as times.
    if (time < earliest) earliest = time;
    if (time > latest) latest = time;
  }
  const isSparse = ledgersBetween(low, high) > SPARSE_LEDGERS * keys.length;
  return { ids: idArray(keys), lowestId: low.toString(), highestId: high.toString(), earliest, latest, isSparse };
}

/** The ids as text of a `bigint[]`. */
export function idArray(keys: readonly HistoryKey[]): string {
  return `{${keys.map((key) => key.id).join(",")}}`;
}

/** The times as text of a `timestamptz[]`. */
export function timeArray(keys: readonly HistoryKey[]): string {
  return `{${keys.map((key) => `"${key.time}"`).join(",")}}`;
}
