import { balancesFailed } from "../errors/client-errors.ts";
import { type OfferNode, offerNode } from "../nodes/offer.ts";
import type { Edge } from "../pagination/connection.ts";
import { decodeOfferCursor, encodeCursor } from "../pagination/cursors.ts";
import type { OfferRow } from "../queries/offers.ts";
import { accountConnection } from "./account-connection.ts";

const wholePage = accountConnection({
  cursor: decodeOfferCursor,
  failed: balancesFailed,
  async read({ account, page, context: { loaders, warn } }) {
    const networkPassphrase = await loaders.networkPassphrase();
    return {
      // The network lets accounts make offers, not contracts.
      rows: account.isContract ? [] : await loaders.accounts.offers(account, page),
      edge(row: OfferRow) {
        const node = readable(row, networkPassphrase);
        if (node === null) warn("offer skipped", { account: account.text, offer: row.offer_id });
        return { node, cursor: encodeCursor(`v1:${row.offer_id}`) };
      },
    };
  },
});

/** An account's offers, by id. One that cannot be read is left out, as balances are (D10). */
export const accountOffers = async (...asked: Parameters<typeof wholePage>) => {
  const { edges, pageInfo } = await wholePage(...asked);
  return { edges: edges.filter((edge): edge is Edge<OfferNode> => edge.node !== null), pageInfo };
};

/** The row as a node; null when an asset's row is missing. */
function readable(row: OfferRow, networkPassphrase: string): OfferNode | null {
  try {
    return offerNode(row, networkPassphrase);
  } catch {
    return null;
  }
}
