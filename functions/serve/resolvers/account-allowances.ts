import { GraphQLError } from "graphql";
import { balancesFailed } from "../errors/client-errors.ts";
import { connection } from "../pagination/connection.ts";
import { decodeAllowanceCursor, encodeCursor } from "../pagination/cursors.ts";
import { readPage } from "../pagination/page.ts";
import type { AccountResolvers } from "./resolver-types.generated.ts";
import { addressText } from "../values/addresses.ts";
import { checkScalars } from "./arguments.ts";

/** An account's live SEP-41 approvals, by spender's bytes and token. */
export const accountAllowances: Extract<AccountResolvers["sep41Allowances"], (...args: never[]) => unknown> = async (
  { account },
  args,
  { loaders },
  info,
) => {
  checkScalars(args, info);
  const page = readPage(args, decodeAllowanceCursor);
  try {
    const rows = await loaders.accounts.allowances(account, page);
    return connection(rows, page, (row) => {
      const spender = addressText(row.spender_id);
      return {
        node: {
          owner: account.text,
          spender,
          tokenId: row.contract_id,
          amount: row.amount,
          expirationLedger: row.expiration_ledger,
          lastModifiedLedger: row.last_modified_ledger,
        },
        cursor: encodeCursor(`v1:${spender}:${row.contract_uuid}`),
      };
    });
  } catch (error) {
    throw error instanceof GraphQLError ? error : balancesFailed(error);
  }
};
