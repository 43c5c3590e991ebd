import type { AccountTransactionEdgeResolvers } from "./resolver-types.generated.ts";

/** Complete lists in descending order, unlike every connection: clients show them as they come. */
export const accountTransactionEdge: AccountTransactionEdgeResolvers = {
  operations: ({ node, account }) => node.operationsOf(account).reverse(),
  stateChanges: ({ node, account }) => node.stateChangesOf(account).reverse(),
};
