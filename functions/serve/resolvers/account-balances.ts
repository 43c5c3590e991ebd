import { GraphQLError } from "graphql";
import { balancesFailed } from "../errors/client-errors.ts";
import { connection, type Edge } from "../pagination/connection.ts";
import { decodeBalanceCursor, encodeCursor } from "../pagination/cursors.ts";
import { readPage } from "../pagination/page.ts";
import type { BalanceNode } from "../nodes/balance.ts";
import { type BalanceRow, balanceSources } from "../queries/balances/page.ts";
import type { AccountResolvers } from "./resolver-types.generated.ts";
import { checkScalars } from "./arguments.ts";
import { balanceNode } from "./balance-node.ts";

/** An account's holdings: source by source, then by key. */
export const accountBalances: Extract<AccountResolvers["balances"], (...args: never[]) => unknown> = async (
  { account },
  args,
  context,
  info,
) => {
  checkScalars(args, info);
  const page = readPage(args, decodeBalanceCursor(balanceSources(account)));
  try {
    const rows = await context.loaders.accounts.balances(account, page);
    const { edges, pageInfo } = connection(rows, page, (row) => {
      const { source } = row;
      const node = readable(row, context.networkPassphrase);
      if (node === null) context.warn("balance row skipped", { account: account.text, source, key: row.key });
      return { node, cursor: encodeCursor(`v1:${source}:${row.key}`) };
    });
    // One unreadable row must not hide an account (D10). The page keeps its cursors: clients go on behind a row that is left out.
    return { edges: edges.filter((edge): edge is Edge<BalanceNode> => edge.node !== null), pageInfo };
  } catch (error) {
    throw error instanceof GraphQLError ? error : balancesFailed(error);
  }
};

/** The row as a node; null when it cannot be one. */
function readable(row: BalanceRow, networkPassphrase: string): BalanceNode | null {
  try {
    return balanceNode(row, networkPassphrase);
  } catch {
    return null;
  }
}
