import { GraphQLError } from "graphql";
import { balancesFailed } from "../errors.ts";
import { connection } from "../pagination/connection.ts";
import { BALANCE_SOURCES, decodeBalanceCursor, encodeCursor } from "../pagination/cursors.ts";
import { readPage } from "../pagination/page.ts";
import type { BalanceNode } from "../nodes/balance.ts";
import { type BalanceRow, balanceSources } from "../queries/balances.ts";
import type { AccountResolvers } from "../schema/resolver-types.generated.ts";
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
    return connection(rows, page, (row) => {
      const node = readable(row, context.networkPassphrase);
      // One unreadable row must not hide an account (D10).
      if (node === null) {
        context.warn("balance row skipped", { account: account.text, source: BALANCE_SOURCES[row.source]!, key: row.key });
        return null;
      }
      return { node, cursor: encodeCursor(`v1:${BALANCE_SOURCES[row.source]}:${row.key}`) };
    });
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
