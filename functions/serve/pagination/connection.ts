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
 */
export function connection<Row, E extends { cursor: string }>(
  rows: readonly Row[],
  page: Page<unknown>,
  edge: (row: Row) => E,
): Connection<E> {
  const more = rows.length > page.limit;
  const edges: E[] = [];
  for (let i = 0; i < rows.length && i < page.limit; i++) edges.push(edge(rows[i]!));
  if (page.backward) edges.reverse();
  return {
    edges,
    pageInfo: {
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
      hasNextPage: page.backward ? page.cursor !== null : more,
      hasPreviousPage: page.backward ? more : page.cursor !== null,
    },
  };
}
