import { accountNode } from "../nodes/account.ts";
import { connection } from "../pagination/connection.ts";
import { decodeIdCursor, decodeStateChangeCursor, encodeCursor } from "../pagination/cursors.ts";
import { readPage } from "../pagination/page.ts";
import type { TransactionResolvers } from "./resolver-types.generated.ts";
import { accountOfColumn, participants } from "../values/addresses.ts";
import { childPage } from "./child-page.ts";
import { stateChangeEdge } from "./state-change-edge.ts";

export const transaction: TransactionResolvers = {
  async operations({ toId, closedAt }, args, { loaders }) {
    const page = readPage(args, decodeIdCursor);
    const rows = await loaders.operationsOfTransaction({ id: toId, time: closedAt }, page);
    return connection(rows, page, (node) => ({ node, cursor: encodeCursor(node.id) }));
  },

  accounts: (node) => participants(node.participants).map((column) => accountNode(accountOfColumn(column))),

  async stateChanges({ toId, closedAt }, args, { loaders }) {
    const page = readPage(args, decodeStateChangeCursor);
    const place = childPage(page, toId);
    const rows = place === "empty" ? [] : await loaders.stateChangesOfTransaction({ id: toId, time: closedAt }, place);
    return connection(rows, page, stateChangeEdge);
  },
};
