import * as xdr from "@stellar/stellar-sdk/xdr";
import { assetXdr, POOL_FEE, poolId, type Asset } from "./assets.ts";
import { addSubentries, available, canHold, move, promise } from "./balances.ts";
import { offerXdr, type OfferState } from "./entries.ts";
import { accountId, muxed, type Party } from "./keys.ts";
import type { SimulatedOperation } from "./operations.ts";
import type { View } from "./view.ts";

type Price = { n: number; d: number };

function value(amount: bigint, { n, d }: Price): bigint {
  return (amount * BigInt(n)) / BigInt(d);
}

function sellOffer(selling: Asset, buying: Asset, amount: bigint, price: Price, offerId: bigint): xdr.OperationBody {
  return xdr.OperationBody.manageSellOffer(
    new xdr.ManageSellOfferOp({ selling: assetXdr(selling), buying: assetXdr(buying), amount, price: new xdr.Price(price), offerId }),
  );
}

function managed(offersClaimed: xdr.ClaimAtom[], offer: xdr.ManageOfferSuccessResultOffer): xdr.OperationResultTr {
  return xdr.OperationResultTr.manageSellOffer(
    xdr.ManageSellOfferResult.manageSellOfferSuccess(new xdr.ManageOfferSuccessResult({ offersClaimed, offer })),
  );
}

const UNDERFUNDED = {
  result: xdr.OperationResultTr.manageSellOffer(xdr.ManageSellOfferResult.manageSellOfferUnderfunded()),
  failed: true,
} as const;

/** Takes `amount` of what a resting offer sells, or all of it: moves its owner's money, promises and reserve. */
function take(view: View, offer: OfferState, amount: bigint): void {
  const paid = value(amount, offer.price);
  promise(view, offer.owner, offer.selling, -amount, offer.buying, -paid);
  move(view, offer.owner, offer.selling, -amount);
  move(view, offer.owner, offer.buying, paid);
  if (amount < offer.amount) {
    view.put({ ...offer, amount: offer.amount - amount });
  } else {
    view.remove(offer);
    addSubentries(view, offer.owner, -1);
  }
}

/** An offer that meets no other and stays in the book. `id` is the id that it gets. */
export function placeOffer(id: bigint, selling: Asset, buying: Asset, amount: bigint, price: Price): SimulatedOperation {
  return {
    source: null,
    body: sellOffer(selling, buying, amount, price, 0n),
    apply(view, source) {
      if (available(view, source, selling) < amount) return UNDERFUNDED;
      const offer: OfferState = { kind: "offer", id, owner: source, selling, buying, amount, price };
      addSubentries(view, source, 1);
      promise(view, source, selling, amount, buying, value(amount, price));
      view.put(offer);
      return { result: managed([], xdr.ManageOfferSuccessResultOffer.manageOfferCreated(offerXdr(offer))) };
    },
  };
}

/** Withdraws an offer from the book. */
export function cancelOffer(offer: OfferState): SimulatedOperation {
  return {
    source: null,
    body: sellOffer(offer.selling, offer.buying, 0n, offer.price, offer.id),
    apply(view, source) {
      const current = view.offer(offer.id);
      if (!current) {
        const result = xdr.OperationResultTr.manageSellOffer(xdr.ManageSellOfferResult.manageSellOfferNotFound());
        return { result, failed: true };
      }
      promise(view, source, current.selling, -current.amount, current.buying, -value(current.amount, current.price));
      addSubentries(view, source, -1);
      view.remove(current);
      return { result: managed([], xdr.ManageOfferSuccessResultOffer.manageOfferDeleted()) };
    },
  };
}

/** Buys `amount` from the resting offer `id` at its price; the whole amount is taken and nothing stays in the book. */
export function takeOffer(offer: OfferState, amount: bigint): SimulatedOperation {
  const cost = value(amount, offer.price);
  return {
    source: null,
    body: sellOffer(offer.buying, offer.selling, cost, { n: offer.price.d, d: offer.price.n }, 0n),
    apply(view, source) {
      const current = view.offer(offer.id);
      if (available(view, source, offer.buying) < cost || !current || current.amount < amount) return UNDERFUNDED;
      take(view, current, amount);
      move(view, source, offer.buying, -cost);
      move(view, source, offer.selling, amount);
      const claim = new xdr.ClaimOfferAtom({
        sellerId: accountId(offer.owner),
        offerId: offer.id,
        assetSold: assetXdr(offer.selling),
        amountSold: amount,
        assetBought: assetXdr(offer.buying),
        amountBought: cost,
      });
      return { result: managed([xdr.ClaimAtom.claimAtomTypeOrderBook(claim)], xdr.ManageOfferSuccessResultOffer.manageOfferDeleted()) };
    },
  };
}

/** Sends lumens; `destination` gets what the pool of lumens and `asset` gives for them. */
export function payThroughPool(asset: NonNullable<Asset>, sent: bigint, destination: Party, least: bigint): SimulatedOperation {
  return {
    source: null,
    body: xdr.OperationBody.pathPaymentStrictSend(
      new xdr.PathPaymentStrictSendOp({
        sendAsset: assetXdr(null),
        sendAmount: sent,
        destination: muxed(destination),
        destAsset: assetXdr(asset),
        destMin: least,
        path: [],
      }),
    ),
    apply(view, source) {
      const result = (outcome: xdr.PathPaymentStrictSendResult): xdr.OperationResultTr =>
        xdr.OperationResultTr.pathPaymentStrictSend(outcome);
      if (available(view, source, null) < sent) {
        return { result: result(xdr.PathPaymentStrictSendResult.pathPaymentStrictSendUnderfunded()), failed: true };
      }
      if (!canHold(view, destination, asset)) {
        return { result: result(xdr.PathPaymentStrictSendResult.pathPaymentStrictSendNoTrust()), failed: true };
      }
      const pool = view.pool(asset)!;
      // Constant product, the fee taken from what comes in (CAP-38).
      const kept = sent * BigInt(10_000 - POOL_FEE);
      const got = (kept * pool.reserveB) / (pool.reserveA * 10_000n + kept);
      if (got < least) {
        return { result: result(xdr.PathPaymentStrictSendResult.pathPaymentStrictSendUnderDestmin()), failed: true };
      }
      move(view, source, null, -sent);
      view.put({ ...pool, reserveA: pool.reserveA + sent, reserveB: pool.reserveB - got });
      move(view, destination, asset, got);
      const claim = new xdr.ClaimLiquidityAtom({
        liquidityPoolId: poolId(asset),
        assetSold: assetXdr(asset),
        amountSold: got,
        assetBought: assetXdr(null),
        amountBought: sent,
      });
      const last = new xdr.SimplePaymentResult({ destination: accountId(destination), asset: assetXdr(asset), amount: got });
      const success = new xdr.PathPaymentStrictSendResultSuccess({ offers: [xdr.ClaimAtom.claimAtomTypeLiquidityPool(claim)], last });
      return { result: result(xdr.PathPaymentStrictSendResult.pathPaymentStrictSendSuccess(success)) };
    },
  };
}
