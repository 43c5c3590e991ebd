import type { Page } from "./page.ts";

/**
 * A page of items that are all at hand, in the direction of travel, one more than asked for if there is one.
 * @param items in ascending order
 * @param fromCursor where an item lies from the page's cursor: below 0 before it, above 0 behind it
 */
export function pageOf<Item, Cursor>(
  items: readonly Item[],
  { limit, backward, cursor }: Page<Cursor>,
  fromCursor: (item: Item, cursor: Cursor) => number,
): Item[] {
  const beyond = items.filter((item) => cursor === null || (backward ? fromCursor(item, cursor) < 0 : fromCursor(item, cursor) > 0));
  return backward ? beyond.slice(-limit - 1).reverse() : beyond.slice(0, limit + 1);
}
