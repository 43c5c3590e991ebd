import { balancesFailed } from "../errors/client-errors.ts";
import type { BalanceNode } from "../nodes/balance.ts";
import type { Edge } from "../pagination/connection.ts";
import { type BalanceCursor, comparePlaces, decodeBalanceCursor, encodeCursor } from "../pagination/cursors.ts";
import type { Page, PageArguments } from "../pagination/page.ts";
import { pageOf } from "../pagination/page-of.ts";
import { type BalanceRow, balanceSources } from "../queries/balances/page.ts";
import { inspected } from "../queries/inspected.ts";
import type { AccountKey } from "../values/addresses.ts";
import type { TokenName } from "../values/token-names.ts";
import { accountConnection } from "./account-connection.ts";
import { askedBalances, readTokens } from "./asked-tokens.ts";
import { balanceNode } from "./balance-node.ts";
import type { Context } from "./context.ts";

interface BalancesArguments extends PageArguments {
  tokens?: readonly string[] | null;
}

const wholePage = accountConnection({
  cursor: (text, account) => decodeBalanceCursor(balanceSources(account))(text),
  failed: balancesFailed,
  async read({ account, page, args, context: { loaders, warn }, info }) {
    const { tokens = null }: BalancesArguments = args;
    const asked = tokens === null ? null : await balancesOf(readTokens(tokens, info), account, page, loaders);
    const { rows, stop } = asked ?? inspected(await loaders.accounts.balances(account, page), (row) => "isStop" in row);
    const networkPassphrase = await loaders.networkPassphrase();
    return {
      rows,
      edge(row: BalanceRow) {
        const node = readable(row, networkPassphrase, asked?.zeros.has(row) !== true);
        if (node === null) warn("balance row skipped", { account: account.text, source: row.source, key: row.key });
        return { node, cursor: cursorOf(row) };
      },
      inspectedTo: stop && cursorOf(stop),
    };
  },
});

function cursorOf({ source, key }: BalanceCursor): string {
  return encodeCursor(`v1:${source}:${key}`);
}

/**
 * An account's holdings: source by source, then by key. One unreadable row must not hide an account: it is left out, and the
 * page keeps its cursors, so that clients go on behind it (D10).
 */
export const accountBalances = async (...asked: Parameters<typeof wholePage>) => {
  const { edges, pageInfo } = await wholePage(...asked);
  return { edges: edges.filter((edge): edge is Edge<BalanceNode> => edge.node !== null), pageInfo };
};

/** A page of the balances in these tokens, in the order of all balances; `zeros` are the rows among them that no entry stands for. */
async function balancesOf(
  tokens: readonly TokenName[],
  account: AccountKey,
  page: Page<BalanceCursor>,
  loaders: Context["loaders"],
): Promise<{ rows: BalanceRow[]; stop: null; zeros: ReadonlySet<BalanceRow> }> {
  const { places, keys } = await askedBalances(tokens, account, loaders);
  const held = new Map((await loaders.accounts.balancesByKey(account, keys)).map((row) => [`${row.source}:${row.key}`, row]));
  const zeros = new Set<BalanceRow>();
  const all: BalanceRow[] = [];
  for (const { source, key, zero } of places) {
    const row = held.get(`${source}:${key}`);
    if (row === undefined && zero !== null) zeros.add(zero);
    if (row !== undefined || zero !== null) all.push(row === undefined ? zero! : named(row, zero));
  }
  return { rows: pageOf(all, page, comparePlaces), stop: null, zeros };
}

/** A contract's balance of an asset whose contract no ledger here has shown is named as it was asked for. */
function named(row: BalanceRow, zero: BalanceRow | null): BalanceRow {
  return row.source === "sac" && zero?.source === "sac" ? { ...row, code: zero.code, issuer: zero.issuer } : row;
}

/** The row as a node; null when it cannot be one. @param exists the ledger has an entry for it */
function readable(row: BalanceRow, networkPassphrase: string, exists: boolean): BalanceNode | null {
  try {
    return balanceNode(row, networkPassphrase, exists);
  } catch {
    return null;
  }
}
