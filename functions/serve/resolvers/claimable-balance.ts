import { transactionOf } from "../../shared/columns/toid.ts";
import type { ClaimableBalanceResolvers, ClaimantResolvers } from "./resolver-types.generated.ts";

export const claimableBalance: ClaimableBalanceResolvers = {
  // With a resolver a list is charged by its length.
  claimants: ({ claimants }) => [...claimants],

  async createdBy({ madeBy }, _args, { loaders }) {
    if (madeBy === null) return null;
    return (await loaders.transactions.load({ id: transactionOf(madeBy.operation), time: madeBy.time })) ?? null;
  },
};

export const claimant: ClaimantResolvers = {
  // With a resolver JSON is charged by its size.
  predicate: ({ predicate }) => predicate,
};
