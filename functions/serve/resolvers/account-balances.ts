import { balancesFailed } from "../errors/client-errors.ts";
import type { BalanceNode } from "../nodes/balance.ts";
import type { Edge } from "../pagination/connection.ts";
import { decodeBalanceCursor, encodeCursor } from "../pagination/cursors.ts";
import { type BalanceRow, balanceSources } from "../queries/balances/page.ts";
import { accountConnection } from "./account-connection.ts";
import { balanceNode } from "./balance-node.ts";

const wholePage = accountConnection({
  cursor: (text, account) => decodeBalanceCursor(balanceSources(account))(text),
  failed: balancesFailed,
  async read({ account, page, context: { loaders, warn } }) {
    const rows = await loaders.accounts.balances(account, page);
    const networkPassphrase = await loaders.networkPassphrase();
    return {
      rows,
      edge(row: BalanceRow) {
        const node = readable(row, networkPassphrase);
        if (node === null) warn("balance row skipped", { account: account.text, source: row.source, key: row.key });
        return { node, cursor: encodeCursor(`v1:${row.source}:${row.key}`) };
      },
    };
  },
});

/**
 * An account's holdings: source by source, then by key. One unreadable row must not hide an account: it is left out, and the
 * page keeps its cursors, so that clients go on behind it (D10).
 */
export const accountBalances = async (...asked: Parameters<typeof wholePage>) => {
  const { edges, pageInfo } = await wholePage(...asked);
  return { edges: edges.filter((edge): edge is Edge<BalanceNode> => edge.node !== null), pageInfo };
};

/** The row as a node; null when it cannot be one. */
function readable(row: BalanceRow, networkPassphrase: string): BalanceNode | null {
  try {
    return balanceNode(row, networkPassphrase, true);
  } catch {
    return null;
  }
}
