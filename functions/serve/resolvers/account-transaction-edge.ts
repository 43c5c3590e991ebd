import type { AccountTransactionEdgeResolvers } from "./resolver-types.generated.ts";

/** Complete lists in descending order, unlike every connection: clients show them as they come. */
export const accountTransactionEdge: AccountTransactionEdgeResolvers = {
  operations: async ({ node, details }) => (await details.operations()).get(node.toId) ?? [],
  stateChanges: async ({ node, details }) => (await details.stateChanges()).get(node.toId) ?? [],
};
