import { lastOperation, transactionOf } from "../../shared/columns/toid.ts";
import type { OperationNode } from "../nodes/operation.ts";
import { decodeHistoryCursor, historyCursor } from "../pagination/cursors.ts";
import { accountConnection } from "./account-connection.ts";

/** An account's operations. */
export const accountOperations = accountConnection({
  cursor: decodeHistoryCursor,
  async read({ account, page, range, context: { loaders } }) {
    const { backward, cursor } = page;
    const isBeyond = ({ id }: OperationNode): boolean =>
      cursor === null || (backward ? BigInt(id) < BigInt(cursor.id) : BigInt(id) > BigInt(cursor.id));
    const { items, inspectedTo } = await loaders.accounts.history(account, {
      range,
      page: { ...page, cursor: cursor && { time: cursor.time, id: transactionOf(cursor.id) } },
      withCursor: true,
      at: null,
      kinds: null,
      promised: ({ operations }) => operations.length,
      items: (node, isAtCursor) => node.operationsOf(account).filter((each) => !isAtCursor || isBeyond(each)),
    });
    return {
      rows: items,
      inspectedTo: inspectedTo && historyCursor(inspectedTo.time, backward ? inspectedTo.id : lastOperation(inspectedTo.id)),
      edge: (node: OperationNode) => ({ node, cursor: historyCursor(node.closedAt, node.id) }),
    };
  },
});
