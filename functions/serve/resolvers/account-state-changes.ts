import { invalidHash } from "../errors/client-errors.ts";
import { StateChangeNode } from "../nodes/state-change.ts";
import { decodeStateChangeCursor, type StateChangeCursor } from "../pagination/cursors.ts";
import type { StateChangeFilter, StateChangeRow } from "../queries/state-changes.ts";
import { isHash } from "../values/hashes.ts";
import { accountConnection, type AccountPage } from "./account-connection.ts";
import { int64 } from "./arguments.ts";
import type { Context } from "./context.ts";
import type { AccountStateChangeFilterInput, AccountStateChangesArgs } from "./resolver-types.generated.ts";
import { stateChangeEdge } from "./state-change-edge.ts";

/** An account's state changes, oldest first. */
export const accountStateChanges = accountConnection({
  cursor: decodeStateChangeCursor,
  async read({ account, page, range, args, context }: AccountPage<AccountStateChangesArgs, StateChangeCursor>) {
    const filter = await readFilter(args.filter ?? {}, context);
    return {
      rows: filter === "nothing" ? [] : await context.loaders.accounts.stateChanges(account, filter, range, page),
      edge: (row: StateChangeRow) => stateChangeEdge(new StateChangeNode(row)),
    };
  },
});

/** The filter with the transaction's hash resolved; "nothing" when there is no such transaction. */
async function readFilter(input: AccountStateChangeFilterInput, context: Context): Promise<StateChangeFilter | "nothing"> {
  const { transactionHash, operationId, category, reason } = input;
  const conditions = {
    transaction: null,
    operationId: operationId == null ? null : int64(operationId),
    category: category ?? null,
    reason: reason ?? null,
  };
  if (transactionHash === null || transactionHash === undefined) return conditions;
  if (!isHash(transactionHash)) throw invalidHash(transactionHash);
  const transaction = await context.loaders.transactionByHash(transactionHash.toLowerCase());
  return transaction === null ? "nothing" : { ...conditions, transaction: { id: transaction.toId, time: transaction.closedAt } };
}
