import type { GraphQLFieldResolver } from "graphql";
import { NO_OPERATION_TEXT } from "../../shared/columns/toid.ts";
import type { Context } from "./context.ts";
import { accountNode } from "../nodes/account.ts";
import type { StateChangeNode } from "../nodes/state-change.ts";
import { accountOfColumn } from "../values/addresses.ts";
import { parent } from "./parent.ts";

/** Links of all 19 types. */
export const stateChange: Record<"account" | "transaction" | "operation", GraphQLFieldResolver<StateChangeNode, Context>> = {
  account: ({ row }) => accountNode(accountOfColumn(row.account_id)),

  transaction: ({ row }, _args, { loaders }) =>
    parent(loaders.transactions.load({ id: row.to_id, time: row.ledger_created_at }), "transaction", row.to_id),

  /** Null for a fee, which belongs to no operation. */
  operation: ({ row }, _args, { loaders }) =>
    row.operation_id === NO_OPERATION_TEXT
      ? null
      : parent(loaders.operations.load({ id: row.operation_id, time: row.ledger_created_at }), "operation", row.operation_id),
};
