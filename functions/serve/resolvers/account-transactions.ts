import type { TransactionNode } from "../nodes/transaction.ts";
import type { AccountTransactionEdgeNode } from "../nodes/connections.ts";
import { connection } from "../pagination/connection.ts";
import { decodeHistoryCursor, encodeCursor } from "../pagination/cursors.ts";
import { readPage } from "../pagination/page.ts";
import { readTimeRange } from "../pagination/time-range.ts";
import type { AccountResolvers } from "./resolver-types.generated.ts";
import { cursorNanos } from "../values/time.ts";
import { PageDetails } from "./account-page-details.ts";
import { checkScalars } from "./arguments.ts";
import { readMembers } from "./members.ts";
import { selects } from "./selection.ts";

/** An account's transactions, oldest first; each edge knows the account's operations and state changes in it. */
export const accountTransactions: Extract<AccountResolvers["transactions"], (...args: never[]) => unknown> = async (
  { account },
  args,
  { loaders },
  info,
) => {
  checkScalars(args, info);
  const page = readPage(args, decodeHistoryCursor);
  const range = readTimeRange(args);
  const details = new PageDetails(loaders.accounts, account);
  const nodes = await readMembers(
    account,
    page,
    (cursor, limit) => loaders.accounts.links("transactions", account, { range, cursor, backward: page.backward, limit }),
    (keys) => {
      // Sent with the transactions themselves, one flight earlier than the edges would ask.
      details.extend(keys);
      if (selects(info, ["edges", "operations"])) details.lookAheadOperations();
      if (selects(info, ["edges", "stateChanges"])) details.lookAheadStateChanges();
      return loaders.transactions.loadAll(keys);
    },
  );
  return connection(nodes, page, (node: TransactionNode): AccountTransactionEdgeNode => ({
    node,
    cursor: encodeCursor(`${cursorNanos(node.closedAt)}:${node.toId}`),
    details,
  }));
};
