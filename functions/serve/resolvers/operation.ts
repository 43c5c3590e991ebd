import { XdrError } from "../../shared/xdr/words.ts";
import { accountNode } from "../nodes/account.ts";
import { connection } from "../pagination/connection.ts";
import { decodeStateChangeCursor } from "../pagination/cursors.ts";
import { pageOf } from "../pagination/page-of.ts";
import { readPage } from "../pagination/page.ts";
import { accountOfColumn } from "../values/addresses.ts";
import type { Context } from "./context.ts";
import type { OperationResolvers } from "./resolver-types.generated.ts";
import { compareStateChange, stateChangeEdge } from "./state-change-edge.ts";

/** Requests in whose log an unreadable operation is named already: one is enough, and a page may be full of them. */
const warned = new WeakSet<Context>();

export const operation: OperationResolvers = {
  transaction: ({ parent }) => parent,

  accounts: ({ participants }) => participants.map((column) => accountNode(accountOfColumn(column))),

  details(node, _args, context) {
    try {
      return node.details;
    } catch (error) {
      if (!(error instanceof XdrError)) throw error;
      // An operation of a protocol that is newer than this code; its XDR is there for who knows it.
      if (!warned.has(context)) context.warn("unreadable operation", { operationId: node.id, type: node.type, reason: error.message });
      warned.add(context);
      return null;
    }
  },

  stateChanges({ parent, place }, args) {
    const page = readPage(args, decodeStateChangeCursor);
    const own = parent.stateChangeNodes.filter(({ operationPlace }) => operationPlace === place);
    return connection(pageOf(own, page, compareStateChange), page, stateChangeEdge);
  },
};
