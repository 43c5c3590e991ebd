import type { StateChangeNode } from "../nodes/state-change.ts";
import type { Edge } from "../pagination/connection.ts";
import { encodeCursor } from "../pagination/cursors.ts";
import { cursorNanos } from "../values/time.ts";

/** An edge of any `stateChanges` connection. */
export function stateChangeEdge(node: StateChangeNode): Edge<StateChangeNode> {
  const { row } = node;
  return { node, cursor: encodeCursor(`${cursorNanos(row.ledger_created_at)}:${row.to_id}:${row.operation_id}:${row.state_change_id}`) };
}
