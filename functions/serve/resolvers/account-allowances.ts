import { balancesFailed } from "../errors/client-errors.ts";
import type { AllowanceNode } from "../nodes/allowance.ts";
import { decodeAllowanceCursor, encodeCursor } from "../pagination/cursors.ts";
import type { AllowanceRow } from "../queries/sep41-allowances.ts";
import { addressText } from "../values/addresses.ts";
import { accountConnection } from "./account-connection.ts";

/** An account's live SEP-41 approvals, by spender's bytes and token. */
export const accountAllowances = accountConnection({
  cursor: decodeAllowanceCursor,
  failed: balancesFailed,
  async read({ account, page, context: { loaders } }) {
    return {
      rows: await loaders.accounts.allowances(account, page),
      edge(row: AllowanceRow) {
        const spender = addressText(row.spender_id);
        const node: AllowanceNode = {
          owner: account.text,
          spender,
          tokenId: row.contract_id,
          amount: row.amount,
          expirationLedger: row.expiration_ledger,
          lastModifiedLedger: row.last_modified_ledger,
        };
        return { node, cursor: encodeCursor(`v1:${spender}:${row.contract_uuid}`) };
      },
    };
  },
});
