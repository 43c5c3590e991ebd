import { badInput, invalidAddress, invalidHash } from "../errors/client-errors.ts";
import { accountNode } from "../nodes/account.ts";
import { LEDGERS } from "../nodes/ledger.ts";
import type { QueryResolvers } from "./resolver-types.generated.ts";
import { accountOf } from "../values/addresses.ts";
import { isHash } from "../values/hashes.ts";
import { LAST_LEDGER, ledgerOf, transactionOf } from "../../shared/columns/toid.ts";
import { argumentPath, checkScalars, int64, uint32 } from "./arguments.ts";

/** Most addresses of one list. */
const MAX_ADDRESSES = 100;

export const query: QueryResolvers = {
  transactionByHash(_root, { hash }, { loaders }) {
    if (!isHash(hash)) throw invalidHash(hash);
    return loaders.transactionByHash(hash.toLowerCase());
  },

  accountByAddress(_root, { address }) {
    const account = accountOf(address);
    if (account === null) throw invalidAddress(address);
    return accountNode(account);
  },

  accounts(_root, { addresses }, _context, info) {
    if (addresses.length > MAX_ADDRESSES)
      throw badInput(`addresses must have at most ${MAX_ADDRESSES} members`, argumentPath(info, "addresses"));
    return addresses.map((address, at) => {
      const account = accountOf(address);
      if (account === null) throw invalidAddress(address, argumentPath(info, "addresses", at));
      return accountNode(account);
    });
  },

  async operationById(_root, args, { loaders }, info) {
    checkScalars(args, info);
    const id = int64(args.id);
    const ledger = ledgerOf(id);
    const time = ledger === null ? undefined : await loaders.closeTimes.load({ id: String(ledger) });
    const parent = time === undefined ? undefined : await loaders.transactions.load({ id: transactionOf(id), time });
    return parent?.operationNodes.find((node) => node.id === id) ?? null;
  },

  async ledger(_root, args, { loaders }, info) {
    checkScalars(args, info);
    const sequence = uint32(args.sequence);
    return sequence > LAST_LEDGER ? null : ((await loaders.ledgers.bySequence.load({ id: String(sequence) })) ?? null);
  },

  ledgers: () => LEDGERS,
};
