import { OfferEntryFlag } from "../../../shared/columns/flags.ts";
import { accountAt } from "../../../shared/xdr/addresses.ts";
import { int64, type Words } from "../../../shared/xdr/words.ts";
import { readOfferEntry } from "../../../shared/xdr/xdr.generated.ts";
import { entryData, type Change } from "../../ledger/changes.ts";
import { sponsorOf } from "../../ledger/sponsor.ts";
import type { OfferRow } from "../rows.ts";
import { FoldTable } from "./fold.ts";
import type { PromisedAssets } from "./promised-assets.ts";

/** Offers of a ledger, folded. */
export class Offers {
  readonly #folds = new FoldTable<bigint>();

  add(x: Words, change: Change, order: number | null): void {
    // The key: the seller (a type and 32 bytes), then the id, which no other offer of the network has.
    this.#folds.add(int64(x, change.keyStart + 9), null, change, order);
  }

  rows(x: Words, assets: PromisedAssets): OfferRow[] {
    return Array.from(this.#folds.rows(), ({ first, op, pre, post, order }) => {
      const { sellerId, selling, buying, amount, price, flags } = readOfferEntry(x, entryData(post || pre));
      const stays = post !== 0;
      return {
        seller: accountAt(x, sellerId + 1),
        offerId: first,
        op,
        order,
        selling: stays ? assets.at(x, selling) : null,
        buying: stays ? assets.at(x, buying) : null,
        amount: int64(x, amount),
        priceN: x[price]!,
        priceD: x[price + 1]!,
        isPassive: (flags & OfferEntryFlag.PASSIVE) !== 0,
        sponsor: sponsorOf(x, post || pre),
      };
    });
  }
}
