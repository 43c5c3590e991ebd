import type { Edge, Page, PageArguments } from "./types.ts";

/** As many as the API allows. */
const LARGEST_PAGE = 100;

/**
 * All edges of a connection, page by page.
 * @param read reads one page
 * @param options `pageSize` at most 100; `backward`: from the newest, page by page, each edge newer first
 * @throws Error when a page repeats its predecessor's cursor: the list would never end
 */
export async function* walk<E extends Edge<unknown>>(
  read: (page: PageArguments) => Promise<Page<E>>,
  { pageSize = LARGEST_PAGE, backward = false }: { pageSize?: number; backward?: boolean } = {},
): AsyncGenerator<E, void, undefined> {
  let cursor: string | undefined;
  for (;;) {
    const from = cursor === undefined ? {} : backward ? { before: cursor } : { after: cursor };
    const { edges, pageInfo } = await read({ ...(backward ? { last: pageSize } : { first: pageSize }), ...from });
    yield* backward ? edges.toReversed() : edges;
    if (!(backward ? pageInfo.hasPreviousPage : pageInfo.hasNextPage)) return;
    const next = backward ? pageInfo.startCursor : pageInfo.endCursor;
    if (next === null || next === cursor) throw new Error("the backend repeated a page's cursor");
    cursor = next;
  }
}
