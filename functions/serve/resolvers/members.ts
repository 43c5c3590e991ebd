import type { HistoryCursor } from "../pagination/cursors.ts";
import type { Page } from "../pagination/page.ts";
import type { HistoryKey } from "../queries/days.ts";
import { isParticipant, type AccountKey } from "../values/addresses.ts";

/** A node that knows its participants. */
interface Member {
  readonly participants: string;
}

/** Links of one statement. */
const MAX_LINKS = 1000;

/**
 * Reads a page of an account's history: links, then the rows they name. Links are found by 8 bytes of the address, so rows
 * of another account with the same bytes are dropped, and the reading goes on until the page is full or history ends.
 * @param links reads up to `limit` links from a place
 * @param nodes the rows of links, by id
 */
export async function readMembers<Node extends Member>(
  account: AccountKey,
  page: Page<HistoryCursor>,
  links: (cursor: HistoryCursor | null, limit: number) => Promise<HistoryKey[]>,
  nodes: (keys: readonly HistoryKey[]) => Promise<ReadonlyMap<string, Node>>,
): Promise<Node[]> {
  const wanted = page.limit + 1;
  const members: Node[] = [];
  let cursor = page.cursor;
  // Twice as many each time: a page behind thousands of another account's rows takes a few statements, not thousands.
  for (let limit = wanted; ; limit = Math.min(limit * 2, MAX_LINKS)) {
    const found = await links(cursor, limit);
    // Two accounts of one row that share the key have one link each.
    const keys = found.filter((key, at) => key.id !== found[at - 1]?.id);
    if (keys.length === 0) return members;
    const byId = await nodes(keys);
    for (const key of keys) {
      const node = byId.get(key.id);
      if (node === undefined) throw new Error(`row of link ${key.id} is missing`);
      if (isParticipant(account, node.participants)) members.push(node);
    }
    if (members.length >= wanted) return members.slice(0, wanted);
    if (found.length < limit) return members;
    cursor = keys.at(-1)!;
  }
}
