import type { StateChangeCursor } from "../pagination/cursors.ts";
import type { Page } from "../pagination/page.ts";
import type { ChildCursor } from "../queries/state-changes.ts";

/**
 * A page of all state changes as a page within one transaction. A cursor of another transaction simply compares: everything
 * here lies behind it or before it.
 */
export function childPage({ limit, backward, cursor }: Page<StateChangeCursor>, toId: string): Page<ChildCursor> | "empty" {
  if (cursor === null) return { limit, backward, cursor };
  if (cursor.toId === toId) return { limit, backward, cursor: { operationId: cursor.operationId, stateChangeId: cursor.stateChangeId } };
  const earlier = BigInt(cursor.toId) < BigInt(toId);
  return earlier === backward ? "empty" : { limit, backward, cursor: null };
}
