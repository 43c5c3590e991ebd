import { type TransactionNode, transactionNode } from "../nodes/transaction.ts";
import type { AccountTransactionEdgeNode } from "../nodes/connections.ts";
import { connection } from "../pagination/connection.ts";
import { decodeHistoryCursor, encodeCursor } from "../pagination/cursors.ts";
import { readPage } from "../pagination/page.ts";
import { readTimeRange } from "../pagination/time-range.ts";
import { transactionLinks } from "../queries/account-links.ts";
import { transactionsByKey } from "../queries/transactions.ts";
import type { AccountResolvers } from "../schema/resolver-types.generated.ts";
import { cursorNanos } from "../values/time.ts";
import { PageDetails } from "./account-page-details.ts";
import { checkScalars } from "./arguments.ts";
import { readMembers } from "./members.ts";
import { selects } from "./selection.ts";

/** An account's transactions, oldest first; each edge knows the account's operations and state changes in it. */
export const accountTransactions: Extract<AccountResolvers["transactions"], (...args: never[]) => unknown> = async (
  { account },
  args,
  context,
  info,
) => {
  checkScalars(args, info);
  const page = readPage(args, decodeHistoryCursor);
  const range = readTimeRange(args);
  const { snapshot } = context;
  const details = new PageDetails(snapshot, account);
  const rows = await readMembers(
    account,
    page,
    (cursor, limit) => transactionLinks(snapshot, { account, range, cursor, backward: page.backward, limit }),
    (keys) => {
      // Sent with the transactions themselves, one flight earlier than the edges would ask.
      details.extend(keys);
      if (selects(info, ["edges", "operations"])) details.lookAheadOperations();
      if (selects(info, ["edges", "stateChanges"])) details.lookAheadStateChanges();
      return transactionsByKey(snapshot, keys);
    },
  );
  return connection(rows.map(transactionNode), page, (node: TransactionNode): AccountTransactionEdgeNode => ({
    node,
    cursor: encodeCursor(`${cursorNanos(node.closedAt)}:${node.toId}`),
    details,
  }));
};
