import { balancesFailed } from "../errors/client-errors.ts";
import { nftNode } from "../nodes/nft.ts";
import { decodeNftCursor, encodeCursor } from "../pagination/cursors.ts";
import type { NftRow } from "../queries/nfts.ts";
import { accountConnection } from "./account-connection.ts";

/** An account's NFTs, by contract and number. */
export const accountNfts = accountConnection({
  cursor: decodeNftCursor,
  failed: balancesFailed,
  async read({ account, page, context: { loaders } }) {
    return {
      rows: await loaders.accounts.nfts(account, page),
      edge: (row: NftRow) => ({ node: nftNode(row), cursor: encodeCursor(`v1:${row.contract_uuid}:${row.token_id}`) }),
    };
  },
});
