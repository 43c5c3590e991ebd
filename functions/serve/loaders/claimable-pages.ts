import type { ClaimableCursor } from "../pagination/cursors.ts";
import type { Page } from "../pagination/page.ts";

/** Balances that one page looks at at most, whatever it finds: a filter may match none of them. */
const MOST_INSPECTED = 1_000;
/** Balances of one statement at most. */
const MOST_AT_ONCE = 500;
/** Balances of the first statement of a filtered page at least. */
const FEWEST = 16;

/** Items in the direction of travel, up to one more than the page; and where the reading gave up, if it did. */
interface ClaimablePage<Item> {
  items: Item[];
  inspectedTo: ClaimableCursor | null;
}

/**
 * Reads a page of an account's claimable balances, of which a filter may let some through.
 * @param load balances behind a place, in the direction of travel; null: from the end that it begins at
 * @param item null: the filter does not let it through
 * @param isFiltered may `item` be null?
 */
export async function readClaimablePage<Row, Item>(
  page: Page<ClaimableCursor>,
  isFiltered: boolean,
  load: (from: ClaimableCursor | null, limit: number) => Promise<readonly Row[]>,
  place: (row: Row) => ClaimableCursor,
  item: (row: Row) => Item | null,
): Promise<ClaimablePage<Item>> {
  const wanted = page.limit + 1;
  const items: Item[] = [];
  let from = page.cursor;
  let left = MOST_INSPECTED;
  for (let limit = isFiltered ? Math.max(wanted, FEWEST) : wanted; ; limit = Math.min(limit * 2, MOST_AT_ONCE, left)) {
    const rows = await load(from, limit);
    for (const row of rows) {
      const found = item(row);
      if (found !== null) items.push(found);
      if (items.length === wanted) return { items, inspectedTo: null };
    }
    if (rows.length < limit) return { items, inspectedTo: null };
    from = place(rows.at(-1)!);
    left -= rows.length;
    if (left <= 0) return { items, inspectedTo: from };
  }
}
