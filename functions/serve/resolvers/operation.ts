import { accountNode } from "../nodes/account.ts";
import { connection } from "../pagination/connection.ts";
import { decodeStateChangeCursor } from "../pagination/cursors.ts";
import { pageOf } from "../pagination/page-of.ts";
import { readPage } from "../pagination/page.ts";
import { accountOfColumn } from "../values/addresses.ts";
import type { OperationResolvers } from "./resolver-types.generated.ts";
import { compareStateChange, stateChangeEdge } from "./state-change-edge.ts";

export const operation: OperationResolvers = {
  transaction: ({ parent }) => parent,

  accounts: ({ participants }) => participants.map((column) => accountNode(accountOfColumn(column))),

  stateChanges({ parent, place }, args) {
    const page = readPage(args, decodeStateChangeCursor);
    const own = parent.stateChangeNodes.filter(({ operationPlace }) => operationPlace === place);
    return connection(pageOf(own, page, compareStateChange), page, stateChangeEdge);
  },
};
