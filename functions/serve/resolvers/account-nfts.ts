import { balancesFailed } from "../errors/client-errors.ts";
import { nftNode } from "../nodes/nft.ts";
import { decodeNftCursor, encodeCursor } from "../pagination/cursors.ts";
import { inspected } from "../queries/inspected.ts";
import type { NftRow } from "../queries/nfts.ts";
import { accountConnection } from "./account-connection.ts";

type Stop = NftRow & { is_stored: null };

function cursorOf({ contract_uuid, token_id }: NftRow): string {
  return encodeCursor(`v1:${contract_uuid}:${token_id}`);
}

/** An account's NFTs, by contract and number. */
export const accountNfts = accountConnection({
  cursor: decodeNftCursor,
  failed: balancesFailed,
  async read({ account, page, context: { loaders } }) {
    const { rows, stop } = inspected(await loaders.accounts.nfts(account, page), (row): row is Stop => row.is_stored === null);
    return {
      rows,
      edge: (row: NftRow) => ({ node: nftNode(row), cursor: cursorOf(row) }),
      inspectedTo: stop && cursorOf(stop),
    };
  },
});
