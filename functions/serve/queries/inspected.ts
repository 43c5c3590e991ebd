/**
 * Rows of one list that a statement looks at at most, whatever it may show of them: what strangers give an account can be thousands of rows that
 * are hidden. It then gives a row that stands for the last place looked at, and the page ends there.
 */
export const MOST_INSPECTED = 5_000;

/** Rows that a statement passes by for each that it is charged for: they never leave the database. */
export const PASSED_BY_A_ROW = 25;
/** What the place is charged at which a statement gave up. */
export const ROWS_A_STOP = MOST_INSPECTED / PASSED_BY_A_ROW;

/** Rows in the direction of travel, and the one that says where the statement gave up; null: it saw the end, or found enough. */
interface Inspected<Row, Stop> {
  rows: Row[];
  stop: Stop | null;
}

/** Takes apart what a statement gave. Nothing behind the place where it gave up is shown, which other lists may have. */
export function inspected<Row, Stop extends Row>(
  all: readonly Row[],
  isStop: (row: Row) => row is Stop,
): Inspected<Exclude<Row, Stop>, Stop> {
  const at = all.findIndex(isStop);
  const rows = (at < 0 ? all : all.slice(0, at)) as Exclude<Row, Stop>[];
  return { rows, stop: at < 0 ? null : (all[at] as Stop) };
}
