import { balancesFailed } from "../errors/client-errors.ts";
import { offerNode } from "../nodes/offer.ts";
import { decodeOfferCursor, encodeCursor } from "../pagination/cursors.ts";
import type { OfferRow } from "../queries/offers.ts";
import { accountConnection } from "./account-connection.ts";

/** An account's offers, by id. */
export const accountOffers = accountConnection({
  cursor: decodeOfferCursor,
  failed: balancesFailed,
  async read({ account, page, context: { loaders } }) {
    const networkPassphrase = await loaders.networkPassphrase();
    return {
      // The network lets accounts make offers, not contracts.
      rows: account.isContract ? [] : await loaders.accounts.offers(account, page),
      edge: (row: OfferRow) => ({ node: offerNode(row, networkPassphrase), cursor: encodeCursor(`v1:${row.offer_id}`) }),
    };
  },
});
