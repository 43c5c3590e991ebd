import type { AccountResolvers } from "./resolver-types.generated.ts";
import { accountBalances } from "./account-balances.ts";
import { accountAllowances, allowancesReceived } from "./account-allowances.ts";
import { accountClaimableBalances } from "./account-claimable-balances.ts";
import { accountNfts } from "./account-nfts.ts";
import { accountOffers } from "./account-offers.ts";
import { accountOperations } from "./account-operations.ts";
import { accountStateChanges } from "./account-state-changes.ts";
import { accountTransactions } from "./account-transactions.ts";

export const account: AccountResolvers = {
  isFrozen: ({ account }, _args, { loaders }) => loaders.accounts.isFrozen(account),
  async exists({ account: key }, _args, { loaders }) {
    const record = await loaders.records.record(key);
    return record !== null && record.removedLedger === null;
  },
  record: ({ account: key }, _args, { loaders }) => loaders.records.record(key),
  balances: accountBalances,
  transactions: accountTransactions,
  operations: accountOperations,
  stateChanges: accountStateChanges,
  sep41Allowances: accountAllowances,
  allowancesReceived,
  claimableBalances: accountClaimableBalances,
  offers: accountOffers,
  nfts: accountNfts,
};
