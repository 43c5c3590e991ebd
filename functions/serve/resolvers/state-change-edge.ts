import { NO_OPERATION_TEXT } from "../../shared/columns/toid.ts";
import type { StateChangeNode } from "../nodes/state-change.ts";
import type { Edge } from "../pagination/connection.ts";
import { type StateChangeCursor, stateChangeCursor } from "../pagination/cursors.ts";

/** An edge of any `stateChanges` connection. */
export function stateChangeEdge(node: StateChangeNode): Edge<StateChangeNode> {
  const { parent, operationId, stateChangeId } = node;
  return { node, cursor: stateChangeCursor(parent.closedAt, parent.toId, operationId ?? NO_OPERATION_TEXT, String(stateChangeId)) };
}

/** Where a state change lies from a cursor's place, whose time is not looked at: below 0 before it, above 0 behind it. */
export function compareStateChange({ parent, operationId, stateChangeId }: StateChangeNode, cursor: StateChangeCursor): number {
  return (
    compare(BigInt(parent.toId), BigInt(cursor.toId)) ||
    compare(BigInt(operationId ?? NO_OPERATION_TEXT), BigInt(cursor.operationId)) ||
    compare(BigInt(stateChangeId), BigInt(cursor.stateChangeId))
  );
}

function compare(left: bigint, right: bigint): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
