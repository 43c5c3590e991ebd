import { invalidAddress, invalidHash } from "../errors.ts";
import { accountNode } from "../nodes/account.ts";
import { ledgerClosedAt } from "../queries/ledgers.ts";
import type { QueryResolvers } from "../schema/resolver-types.generated.ts";
import { accountOf } from "../values/addresses.ts";
import { isHash } from "../values/hashes.ts";
import { ledgerOf } from "../values/toid.ts";
import { checkScalars, int64 } from "./arguments.ts";
import { findTransaction } from "./find-transaction.ts";

export const query: QueryResolvers = {
  transactionByHash(_root, { hash }, context) {
    if (!isHash(hash)) throw invalidHash(hash);
    return findTransaction(context, hash.toLowerCase());
  },

  accountByAddress(_root, { address }) {
    const account = accountOf(address);
    if (account === null) throw invalidAddress(address);
    return accountNode(account);
  },

  async operationById(_root, args, context, info) {
    checkScalars(args, info);
    const id = int64(args.id);
    const ledger = ledgerOf(id);
    const time = ledger === null ? null : await ledgerClosedAt(context.snapshot, ledger);
    return time === null ? null : ((await context.loaders.operations.load({ id, time })) ?? null);
  },
};
