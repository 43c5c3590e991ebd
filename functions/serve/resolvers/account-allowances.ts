import { ASSET_DECIMALS } from "../../shared/columns/amounts.ts";
import { balancesFailed } from "../errors/client-errors.ts";
import type { AllowanceNode } from "../nodes/allowance.ts";
import { decodeAllowanceCursor, encodeCursor } from "../pagination/cursors.ts";
import { inspected } from "../queries/inspected.ts";
import type { AllowanceRow, AllowanceSide } from "../queries/sep41-allowances.ts";
import { addressText } from "../values/addresses.ts";
import { accountConnection } from "./account-connection.ts";

type Stop = AllowanceRow & { amount: null };

function cursorOf({ other_id, contract_uuid }: AllowanceRow): string {
  return encodeCursor(`v1:${addressText(other_id)}:${contract_uuid}`);
}

/** An account's live approvals, by the other's bytes and token. @param side which of the two the account is */
function allowances(side: AllowanceSide) {
  return accountConnection({
    cursor: decodeAllowanceCursor(side === "owner" ? "spender" : "owner"),
    failed: balancesFailed,
    async read({ account, page, context: { loaders } }) {
      const all = await loaders.accounts.allowances(side, account, page);
      const { rows, stop } = inspected(all, (row): row is Stop => row.amount === null);
      return {
        rows,
        edge(row: AllowanceRow) {
          const other = addressText(row.other_id);
          const [owner, spender] = side === "owner" ? [account.text, other] : [other, account.text];
          const node: AllowanceNode = {
            owner,
            spender,
            tokenId: row.contract_id,
            tokenType: row.type,
            amount: row.amount!,
            expirationLedger: Number(row.expiration_ledger),
            lastModifiedLedger: row.last_modified_ledger,
            source: row.is_stored ? "STORAGE" : "EVENTS",
            symbol: row.symbol,
            name: row.name,
            decimals: row.decimals ?? (row.type === "SAC" ? ASSET_DECIMALS : null),
          };
          return { node, cursor: cursorOf(row) };
        },
        inspectedTo: stop && cursorOf(stop),
      };
    },
  });
}

/** What others may spend of the account's tokens. */
export const accountAllowances = allowances("owner");
/** What the account may spend of others'. */
export const allowancesReceived = allowances("spender");
