import type { Page } from "./page.ts";

interface PageInfo {
  startCursor: string | null;
  endCursor: string | null;
  hasNextPage: boolean;
  hasPreviousPage: boolean;
}

export interface Edge<Node> {
  node: Node;
  cursor: string;
}

export interface Connection<E> {
  edges: E[];
  pageInfo: PageInfo;
}

/**
 * Rows in the direction of travel, one more than the page if there are more, as a connection in the order of its list.
 * The flag against the direction of travel says whether a cursor was given, as clients of the peer expect.
 * @param inspectedTo cursor of the last place looked at when a bound ended the reading: there may be more behind it, even when the page
 * is empty; null: none did
 */
export function connection<Row, E extends { cursor: string }>(
  rows: readonly Row[],
  page: Page<unknown>,
  edge: (row: Row) => E,
  inspectedTo: string | null = null,
): Connection<E> {
  // `last` and `before`: the page was read from the end of the list.
  const fromEnd = page.backward !== page.descending;
  const more = rows.length > page.limit || inspectedTo !== null;
  const edges: E[] = [];
  for (let i = 0; i < rows.length && i < page.limit; i++) edges.push(edge(rows[i]!));
  if (fromEnd) edges.reverse();
  return {
    edges,
    pageInfo: {
      startCursor: (fromEnd ? inspectedTo : null) ?? edges[0]?.cursor ?? null,
      endCursor: (fromEnd ? null : inspectedTo) ?? edges.at(-1)?.cursor ?? null,
      hasNextPage: fromEnd ? page.cursor !== null : more,
      hasPreviousPage: fromEnd ? more : page.cursor !== null,
    },
  };
}
