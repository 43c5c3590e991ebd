import type { AccountTransactionEdgeNode } from "../nodes/connections.ts";
import type { TransactionNode } from "../nodes/transaction.ts";
import { decodeHistoryCursor, encodeCursor } from "../pagination/cursors.ts";
import { cursorNanos } from "../values/time.ts";
import { accountConnection } from "./account-connection.ts";
import { PageDetails } from "./account-page-details.ts";
import { readMembers } from "./members.ts";
import { selects } from "./selection.ts";

/** An account's transactions, oldest first; each edge knows the account's operations and state changes in it. */
export const accountTransactions = accountConnection({
  cursor: decodeHistoryCursor,
  async read({ account, page, range, context: { loaders }, info }) {
    const details = new PageDetails(loaders.accounts, account);
    const rows = await readMembers(
      account,
      page,
      (cursor, limit) => loaders.accounts.links("transactions", account, { range, cursor, backward: page.backward, limit }),
      (keys) => {
        // Sent with the transactions themselves, a round trip earlier than the edges would ask.
        details.extend(keys);
        if (selects(info, ["edges", "operations"])) details.lookAheadOperations();
        if (selects(info, ["edges", "stateChanges"])) details.lookAheadStateChanges();
        return loaders.transactions.loadAll(keys);
      },
    );
    return {
      rows,
      edge: (node: TransactionNode): AccountTransactionEdgeNode => ({
        node,
        cursor: encodeCursor(`${cursorNanos(node.closedAt)}:${node.toId}`),
        details,
      }),
    };
  },
});
