import { decimalAmount, decimalPrice } from "../../shared/columns/amounts.ts";
import type { OfferRow } from "../queries/offers.ts";
import { addressText } from "../values/addresses.ts";
import { classicAsset, type ClassicAssetNode } from "./classic-asset.ts";

/** An `Offer` on its way to the response. */
export interface OfferNode {
  readonly id: string;
  readonly selling: ClassicAssetNode;
  readonly buying: ClassicAssetNode;
  readonly amount: string;
  readonly price: { readonly n: number; readonly d: number; readonly decimal: string };
  readonly sponsor: string | null;
  readonly isPassive: boolean;
  readonly lastModifiedLedger: number;
}

/** @throws Error when an asset's row is missing */
export function offerNode(row: OfferRow, networkPassphrase: string): OfferNode {
  return {
    id: row.offer_id,
    selling: classicAsset(networkPassphrase, row.selling_id, row.selling_code, row.selling_issuer),
    buying: classicAsset(networkPassphrase, row.buying_id, row.buying_code, row.buying_issuer),
    amount: decimalAmount(row.amount),
    price: { n: row.price_n, d: row.price_d, decimal: decimalPrice(row.price_n, row.price_d) },
    sponsor: row.sponsor === null ? null : addressText(row.sponsor),
    isPassive: row.is_passive,
    lastModifiedLedger: row.last_modified_ledger,
  };
}
