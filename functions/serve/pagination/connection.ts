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
 * Rows in the direction of travel, one more than the page if there are more, as a connection in ascending order.
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
  const more = rows.length > page.limit || inspectedTo !== null;
  const edges: E[] = [];
  for (let i = 0; i < rows.length && i < page.limit; i++) edges.push(edge(rows[i]!));
  if (page.backward) edges.reverse();
  return {
    edges,
    pageInfo: {
      startCursor: (page.backward ? inspectedTo : null) ?? edges[0]?.cursor ?? null,
      endCursor: (page.backward ? null : inspectedTo) ?? edges.at(-1)?.cursor ?? null,
      hasNextPage: page.backward ? page.cursor !== null : more,
      hasPreviousPage: page.backward ? more : page.cursor !== null,
    },
  };
}
