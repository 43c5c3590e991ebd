import type { OperationNode } from "../nodes/operation.ts";
import { decodeHistoryCursor, encodeCursor } from "../pagination/cursors.ts";
import { cursorNanos } from "../values/time.ts";
import { accountConnection } from "./account-connection.ts";
import { readMembers } from "./members.ts";

/** An account's operations, oldest first. */
export const accountOperations = accountConnection({
  cursor: decodeHistoryCursor,
  async read({ account, page, range, context: { loaders } }) {
    const rows = await readMembers(
      account,
      page,
      (cursor, limit) => loaders.accounts.links("operations", account, { range, cursor, backward: page.backward, limit }),
      (keys) => loaders.operations.loadAll(keys),
    );
    return { rows, edge: (node: OperationNode) => ({ node, cursor: encodeCursor(`${cursorNanos(node.closedAt)}:${node.id}`) }) };
  },
});
