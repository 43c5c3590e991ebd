import type { GraphQLResolveInfo } from "graphql";
import type { Context } from "../context.ts";
import { badInput, invalidHash } from "../errors.ts";
import { StateChangeNode } from "../nodes/state-change.ts";
import { connection } from "../pagination/connection.ts";
import { decodeStateChangeCursor } from "../pagination/cursors.ts";
import { readPage } from "../pagination/page.ts";
import { readTimeRange } from "../pagination/time-range.ts";
import { type StateChangeFilter, stateChangesOfAccount } from "../queries/state-changes.ts";
import type { AccountResolvers, AccountStateChangeFilterInput } from "../schema/resolver-types.generated.ts";
import { isHash } from "../values/hashes.ts";
import { BadScalar } from "../values/scalars.ts";
import { checkScalars, pathOf } from "./arguments.ts";
import { findTransaction } from "./find-transaction.ts";
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
  const filter = await readFilter(args.filter ?? {}, context, info);
  const rows = filter === "nothing" ? [] : await stateChangesOfAccount(context.snapshot, account, filter, range, page);
  return connection(rows, page, (row) => stateChangeEdge(new StateChangeNode(row)));
};

/** The filter with the transaction's hash resolved; "nothing" when there is no such transaction. */
async function readFilter(
  input: AccountStateChangeFilterInput,
  context: Context,
  info: GraphQLResolveInfo,
): Promise<StateChangeFilter | "nothing"> {
  const { transactionHash, operationId, category, reason } = input;
  if (operationId instanceof BadScalar) throw badInput(operationId.message, [...pathOf(info), "filter", "operationId"]);
  const conditions = { transaction: null, operationId: operationId ?? null, category: category ?? null, reason: reason ?? null };
  if (transactionHash === null || transactionHash === undefined) return conditions;
  if (!isHash(transactionHash)) throw invalidHash(transactionHash);
  const transaction = await findTransaction(context, transactionHash.toLowerCase());
  return transaction === null ? "nothing" : { ...conditions, transaction: { id: transaction.toId, time: transaction.closedAt } };
}
