import { bitOf, kindNumbers } from "../../shared/columns/history/link-kinds.ts";
import type { TransactionRef } from "../../shared/columns/history/link-refs.ts";
import { lastOperation, ledgerOf, NO_OPERATION_TEXT, transactionOf } from "../../shared/columns/toid.ts";
import { invalidHash } from "../errors/client-errors.ts";
import type { StateChangeNode } from "../nodes/state-change.ts";
import { decodeStateChangeCursor, type StateChangeCursor, stateChangeCursor } from "../pagination/cursors.ts";
import type { HistoryKey } from "../queries/days.ts";
import { isHash } from "../values/hashes.ts";
import { accountConnection, type AccountPage } from "./account-connection.ts";
import { int64 } from "./arguments.ts";
import type { Context } from "./context.ts";
import type { AccountStateChangeFilterInput, AccountStateChangesArgs } from "./resolver-types.generated.ts";
import { compareStateChange, stateChangeEdge } from "./state-change-edge.ts";

/** Largest id of a state change, for a cursor behind all of a transaction. */
const LAST_ID = "9223372036854775807";

/** Conditions on an account's state changes; null is none. */
interface Filter {
  transaction: HistoryKey | null;
  operationId: string | null;
  category: string | null;
  reason: string | null;
}

/** An account's state changes. */
export const accountStateChanges = accountConnection({
  cursor: decodeStateChangeCursor,
  async read({ account, page, range, args, context }: AccountPage<AccountStateChangesArgs, StateChangeCursor>) {
    const { backward, cursor } = page;
    const filter = await readFilter(args.filter ?? {}, context);
    if (filter === "nothing") return { rows: [], inspectedTo: null, edge: stateChangeEdge };
    const numbers = filter.category === null && filter.reason === null ? null : kindNumbers(filter.category, filter.reason);
    const isBeyond = (node: StateChangeNode): boolean =>
      cursor === null || (backward ? compareStateChange(node, cursor) < 0 : compareStateChange(node, cursor) > 0);
    const { items, inspectedTo } = await context.loaders.accounts.history(account, {
      range,
      page: { ...page, cursor: cursor && { time: cursor.time, id: cursor.toId } },
      withCursor: true,
      at: filter.transaction,
      kinds: numbers && numbers.reduce((bits, number) => bits | bitOf(number), 0),
      promised: ({ changes }) => countOf(changes, numbers),
      items: (node, isAtCursor) =>
        node.stateChangesOf(account).filter((change) => matches(change, filter) && (!isAtCursor || isBeyond(change))),
    });
    return { rows: items, inspectedTo: inspectedTo && placeBeyond(inspectedTo, backward), edge: stateChangeEdge };
  },
});

/** How many changes of the kinds there are; null: of any kind. */
function countOf(changes: TransactionRef["changes"], numbers: readonly number[] | null): number {
  let sum = 0;
  for (const { kind, count } of changes) if (numbers === null || numbers.includes(kind)) sum += count;
  return sum;
}

function matches(node: StateChangeNode, { operationId, category, reason }: Filter): boolean {
  return (
    (category === null || node.category === category) &&
    (reason === null || node.reason === reason) &&
    (operationId === null || (node.operationId ?? NO_OPERATION_TEXT) === operationId)
  );
}

/** The cursor behind everything of a transaction, in the direction of travel. */
function placeBeyond({ id, time }: HistoryKey, backward: boolean): string {
  return backward ? stateChangeCursor(time, id, NO_OPERATION_TEXT, "0") : stateChangeCursor(time, id, lastOperation(id), LAST_ID);
}

/** The filter with its transaction found; "nothing" when there is no such transaction. */
async function readFilter(input: AccountStateChangeFilterInput, { loaders }: Context): Promise<Filter | "nothing"> {
  const { transactionHash, category, reason } = input;
  const operationId = input.operationId == null ? null : int64(input.operationId);
  const conditions = { operationId, category: category ?? null, reason: reason ?? null };
  let transaction: HistoryKey | null = null;
  if (transactionHash !== null && transactionHash !== undefined) {
    if (!isHash(transactionHash)) throw invalidHash(transactionHash);
    const found = await loaders.transactionByHash(transactionHash.toLowerCase());
    if (found === null) return "nothing";
    transaction = { id: found.toId, time: found.closedAt };
  }
  // Changes of no operation are in every transaction.
  if (operationId !== null && operationId !== NO_OPERATION_TEXT) {
    const id = transactionOf(operationId);
    const ledger = ledgerOf(id);
    const time = ledger === null ? undefined : await loaders.closeTimes.load({ id: String(ledger) });
    if (time === undefined || (transaction !== null && transaction.id !== id)) return "nothing";
    transaction = { id, time };
  }
  return { ...conditions, transaction };
}
