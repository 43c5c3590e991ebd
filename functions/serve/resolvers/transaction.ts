import { accountNode } from "../nodes/account.ts";
import { connection } from "../pagination/connection.ts";
import { decodeIdCursor, decodeStateChangeCursor, encodeCursor } from "../pagination/cursors.ts";
import { pageOf } from "../pagination/page-of.ts";
import { readPage } from "../pagination/page.ts";
import { accountOfColumn } from "../values/addresses.ts";
import type { TransactionResolvers } from "./resolver-types.generated.ts";
import { compareStateChange, stateChangeEdge } from "./state-change-edge.ts";

export const transaction: TransactionResolvers = {
  operations({ operationNodes }, args) {
    const page = readPage(args, decodeIdCursor);
    const rows = pageOf(operationNodes, page, ({ id }, cursor) => Number(BigInt(id) - BigInt(cursor)));
    return connection(rows, page, (node) => ({ node, cursor: encodeCursor(node.id) }));
  },

  accounts: ({ participants }) => participants.map((column) => accountNode(accountOfColumn(column))),

  stateChanges({ stateChangeNodes }, args) {
    const page = readPage(args, decodeStateChangeCursor);
    return connection(pageOf(stateChangeNodes, page, compareStateChange), page, stateChangeEdge);
  },
};
