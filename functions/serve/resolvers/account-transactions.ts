import type { AccountTransactionEdgeNode } from "../nodes/connections.ts";
import type { TransactionNode } from "../nodes/transaction.ts";
import { decodeHistoryCursor, type HistoryCursor, historyCursor } from "../pagination/cursors.ts";
import { accountConnection, type AccountPage } from "./account-connection.ts";
import { readTransactionFilter } from "./account-transaction-filter.ts";
import type { AccountTransactionsArgs } from "./resolver-types.generated.ts";

/** An account's transactions; each edge knows the account's operations and state changes in it. */
export const accountTransactions = accountConnection({
  cursor: decodeHistoryCursor,
  async read({ account, page, range, args, context, info }: AccountPage<AccountTransactionsArgs, HistoryCursor>) {
    const edge = (node: TransactionNode): AccountTransactionEdgeNode => ({
      node,
      cursor: historyCursor(node.closedAt, node.toId),
      account,
    });
    const filter = await readTransactionFilter(args.filter, account, context, info);
    if (filter === "nothing") return { rows: [], edge };
    const { items, inspectedTo } = await context.loaders.accounts.history(account, {
      range,
      page,
      withCursor: false,
      at: null,
      kinds: filter.kinds,
      promised: (ref) => (ref.isParticipant && filter.mayMatch(ref) ? 1 : 0),
      items: (node) => (node.hasParticipant(account) && filter.matches(node) ? [node] : []),
    });
    return { rows: items, inspectedTo: inspectedTo && historyCursor(inspectedTo.time, inspectedTo.id), edge };
  },
});
