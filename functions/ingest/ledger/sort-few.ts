/** From this many elements on the engine's sort is faster. */
const FEW = 24;

/**
 * A stable sort in place that allocates nothing for short lists: a ledger has thousands of lists of one to five elements, and
 * the engine's sort makes half a kilobyte of garbage for each.
 */
export function sortFew<T>(items: T[], compare: (a: T, b: T) => number): T[] {
  if (items.length > FEW) return items.sort(compare);
  for (let i = 1; i < items.length; i++) {
    const item = items[i]!;
    let at = i;
    for (; at > 0 && compare(items[at - 1]!, item) > 0; at--) items[at] = items[at - 1]!;
    items[at] = item;
  }
  return items;
}
