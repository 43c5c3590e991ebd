import { badInput, invalidAddress, invalidHash, invalidSigner } from "../errors/client-errors.ts";
import { accountNode } from "../nodes/account.ts";
import { LEDGERS } from "../nodes/ledger.ts";
import type { QueryResolvers } from "./resolver-types.generated.ts";
import { tokenQueries } from "./tokens.ts";
import { connection } from "../pagination/connection.ts";
import { decodeAccountCursor, encodeCursor } from "../pagination/cursors.ts";
import { readPage } from "../pagination/page.ts";
import { accountOf, accountOfColumn } from "../values/addresses.ts";
import { assetContract } from "../values/asset-contract.ts";
import { signerKeyOf } from "../values/signer-keys.ts";
import { assetText, isAssetCode } from "../../shared/columns/asset.ts";
import { ClaimableBalanceNode } from "../nodes/claimable-balance.ts";
import { contractUuid } from "../../shared/columns/uuid5.ts";
import { nftNode } from "../nodes/nft.ts";
import { isNftId } from "../values/nft-ids.ts";
import { claimableBalanceColumn } from "../values/claimable-balance-id.ts";
import { isHash } from "../values/hashes.ts";
import { LAST_LEDGER, ledgerOf, transactionOf } from "../../shared/columns/toid.ts";
import { argumentPath, checkScalars, int64, uint32 } from "./arguments.ts";

/** Most addresses of one list. */
const MAX_ADDRESSES = 100;

export const query: QueryResolvers = {
  ...tokenQueries,

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

  async accountsBySigner(_root, args, { loaders }) {
    const key = signerKeyOf(args.key);
    if (key === null) throw invalidSigner(args.key);
    const page = readPage(args, decodeAccountCursor);
    return connection(await loaders.records.accountsOfSigner(key, page), page, (column) => {
      const found = accountOfColumn(column);
      return { node: accountNode(found), cursor: encodeCursor(`v1:${found.text}`) };
    });
  },

  async asset(_root, { code, issuer: written }, { loaders }, info) {
    if (!isAssetCode(code)) throw badInput("invalid asset code: must have 1 to 12 letters and digits");
    const issuerKey = accountOf(written);
    if (issuerKey === null || issuerKey.isContract) throw invalidAddress(written, argumentPath(info, "issuer"), "account (G...) address");
    const { text: issuer } = issuerKey;
    const [record, isKnown] = await Promise.all([loaders.records.record(issuerKey), loaders.records.isAssetKnown(code, issuer)]);
    if (record === null && !isKnown) return null;
    const contractId = assetContract(await loaders.networkPassphrase(), assetText(code, issuer));
    const issuing = record?.removedLedger === null ? record : null;
    return { code, issuer, contractId, flags: issuing?.flags ?? null, homeDomain: issuing?.homeDomain ?? null };
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

  async claimableBalance(_root, { id }, { loaders }) {
    const column = claimableBalanceColumn(id);
    if (column === null) throw badInput("invalid claimable balance id: must be an address (B...) or 72 hex digits");
    const row = await loaders.claimableBalances.load({ id: column });
    return row === undefined ? null : new ClaimableBalanceNode(row, await loaders.networkPassphrase(), null);
  },

  async nft(_root, { contract: written, tokenId }, { loaders }, info) {
    const key = accountOf(written);
    if (key === null || !key.isContract) throw invalidAddress(written, argumentPath(info, "contract"), "contract (C...) address");
    if (!isNftId(tokenId))
      throw badInput("invalid tokenId: must be a number of 256 bits at most, in decimal digits", argumentPath(info, "tokenId"));
    const contract = contractUuid(key.text);
    const row = await loaders.tokens.nfts.load({ id: `${contract} ${BigInt(tokenId)}`, contract, tokenId });
    return row === undefined ? null : nftNode(row);
  },
};
