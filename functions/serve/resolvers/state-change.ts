import type { GraphQLFieldResolver } from "graphql";
import { accountNode } from "../nodes/account.ts";
import type { StateChangeNode } from "../nodes/state-change.ts";
import { accountOfColumn } from "../values/addresses.ts";
import type { Context } from "./context.ts";

/** Links of all 19 types. */
export const stateChange: Record<"account" | "transaction" | "operation", GraphQLFieldResolver<StateChangeNode, Context>> = {
  account: ({ accountColumn }) => accountNode(accountOfColumn(accountColumn)),

  transaction: ({ parent }) => parent,

  /** Null for a fee, which belongs to no operation. */
  operation({ parent, operationId, operationPlace }) {
    if (operationId === null) return null;
    const found = parent.operationNodes[operationPlace - 1];
    if (found === undefined) throw new Error(`operation ${operationId} is missing`);
    return found;
  },
};
