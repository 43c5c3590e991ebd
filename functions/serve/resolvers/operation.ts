import { accountNode } from "../nodes/account.ts";
import { connection } from "../pagination/connection.ts";
import { decodeStateChangeCursor } from "../pagination/cursors.ts";
import { readPage } from "../pagination/page.ts";
import type { OperationResolvers } from "./resolver-types.generated.ts";
import { accountOfColumn, participants } from "../values/addresses.ts";
import { transactionOf } from "../../shared/columns/toid.ts";
import { childPage } from "./child-page.ts";
import { parent } from "./parent.ts";
import { stateChangeEdge } from "./state-change-edge.ts";

export const operation: OperationResolvers = {
  transaction: ({ id, closedAt }, _args, { loaders }) =>
    parent(loaders.transactions.load({ id: transactionOf(id), time: closedAt }), "transaction", id),

  accounts: (node) => participants(node.participants).map((column) => accountNode(accountOfColumn(column))),

  async stateChanges({ id, closedAt }, args, { loaders }) {
    const page = readPage(args, decodeStateChangeCursor);
    const place = childPage(page, transactionOf(id));
    if (place === "empty") return connection([], page, stateChangeEdge);
    const { limit, backward, cursor } = place;
    // Within the transaction the order is (operation, change): a cursor of another operation lies before or behind them all.
    const order = cursor === null ? 0 : compare(BigInt(cursor.operationId), BigInt(id));
    if (order !== 0 && order < 0 === backward) return connection([], page, stateChangeEdge);
    const rows = await loaders.stateChangesOfOperation(
      { id, time: closedAt },
      { limit, backward, cursor: order === 0 ? (cursor?.stateChangeId ?? null) : null },
    );
    return connection(rows, page, stateChangeEdge);
  },
};

function compare(left: bigint, right: bigint): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
