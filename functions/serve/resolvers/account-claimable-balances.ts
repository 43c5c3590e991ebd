import { balancesFailed } from "../errors/client-errors.ts";
import { readClaimablePage } from "../loaders/claimable-pages.ts";
import { balanceOfClaimant, type ClaimableBalanceNode } from "../nodes/claimable-balance.ts";
import { type ClaimableCursor, claimableCursor, decodeClaimableCursor } from "../pagination/cursors.ts";
import type { ClaimantRow } from "../queries/claimable-balances.ts";
import type { Claimable } from "../schema/enums.generated.ts";
import { addressText } from "../values/addresses.ts";
import { accountConnection, type AccountPage } from "./account-connection.ts";
import type { AccountClaimableBalancesArgs } from "./resolver-types.generated.ts";

/** An account's claimable balances, oldest first. One that cannot be read is left out, as balances are (D10). */
export const accountClaimableBalances = accountConnection({
  cursor: decodeClaimableCursor,
  failed: balancesFailed,
  async read({ account, page, args, context }: AccountPage<AccountClaimableBalancesArgs, ClaimableCursor>) {
    const { loaders, warn } = context;
    const asked = args.claimable ?? "ALL";
    const edge = (node: ClaimableBalanceNode) => ({ node, cursor: claimableCursor(node.sinceLedger, node.id) });
    // The network lets accounts claim, not contracts.
    if (account.isContract) return { rows: [], edge };
    const passphrase = await loaders.networkPassphrase();
    const { items, inspectedTo } = await readClaimablePage(
      page,
      asked !== "ALL",
      (from, limit) => loaders.accounts.claimableBalances(account, from, page.backward, limit),
      (row) => ({ ledger: row.since_ledger, id: row.balance_id }),
      (row: ClaimantRow) => {
        try {
          const node = balanceOfClaimant(row, account, passphrase);
          return matches(node, asked) ? node : null;
        } catch {
          warn("claimable balance skipped", { account: account.text, balance: row.balance_id });
          return null;
        }
      },
    );
    return { rows: items, edge, inspectedTo: inspectedTo && claimableCursor(inspectedTo.ledger, addressText(inspectedTo.id)) };
  },
});

function matches({ claimableNow, claimableFrom }: ClaimableBalanceNode, asked: Claimable): boolean {
  if (asked === "ALL") return true;
  return asked === "NOW" ? claimableNow === true : claimableNow === false && claimableFrom !== null;
}
