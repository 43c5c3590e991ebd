import type { Words } from "../../shared/xdr/words.ts";
import { readCreatePassiveSellOfferOp, readManageBuyOfferOp, readManageSellOfferOp } from "../../shared/xdr/xdr.generated.ts";
import { addAsset } from "./asset.ts";
import type { Details, DetailsReader } from "./body.ts";
import { addPrice, amountAt, integerAt } from "./primitives.ts";

interface Offer {
  /** Offsets of Assets, an int64 and a Price. */
  selling: number;
  buying: number;
  amount: number;
  price: number;
}

export const manageSellOfferDetails: DetailsReader = ({ x, at }) => {
  const offer = readManageSellOfferOp(x, at);
  return { ...offerDetails(x, offer), offer_id: integerAt(x, offer.offerId) };
};

export const manageBuyOfferDetails: DetailsReader = ({ x, at }) => {
  const { buyAmount, offerId, ...offer } = readManageBuyOfferOp(x, at);
  return { ...offerDetails(x, { ...offer, amount: buyAmount }), offer_id: integerAt(x, offerId) };
};

export const createPassiveSellOfferDetails: DetailsReader = ({ x, at }) => offerDetails(x, readCreatePassiveSellOfferOp(x, at));

function offerDetails(x: Words, { selling, buying, amount, price }: Offer): Details {
  const details: Details = { amount: amountAt(x, amount) };
  addPrice(details, "price", x, price);
  addAsset(details, "buying_", x, buying);
  addAsset(details, "selling_", x, selling);
  return details;
}
