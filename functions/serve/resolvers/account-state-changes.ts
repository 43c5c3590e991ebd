import type { Context } from "./context.ts";
import { invalidHash } from "../errors/client-errors.ts";
import { StateChangeNode } from "../nodes/state-change.ts";
import { connection } from "../pagination/connection.ts";
import { decodeStateChangeCursor } from "../pagination/cursors.ts";
import { readPage } from "../pagination/page.ts";
import { readTimeRange } from "../pagination/time-range.ts";
import type { StateChangeFilter } from "../queries/state-changes.ts";
import type { AccountResolvers, AccountStateChangeFilterInput } from "./resolver-types.generated.ts";
import { isHash } from "../values/hashes.ts";
import { checkScalars, int64 } from "./arguments.ts";
import { stateChangeEdge } from "./state-change-edge.ts";

/** An account's state changes, oldest first. */
export const accountStateChanges: Extract<AccountResolvers["stateChanges"], (...args: never[]) => unknown> = async (
  { account },
  args,
  context,
  info,
) => {
  checkScalars(args, info);
  const page = readPage(args, decodeStateChangeCursor);
  const range = readTimeRange(args);
  const filter = await readFilter(args.filter ?? {}, context);
  const rows = filter === "nothing" ? [] : await context.loaders.accounts.stateChanges(account, filter, range, page);
  return connection(rows, page, (row) => stateChangeEdge(new StateChangeNode(row)));
};

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
