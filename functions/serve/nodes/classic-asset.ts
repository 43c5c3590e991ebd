import { ASSET_DECIMALS } from "../../shared/columns/amounts.ts";
import { assetText, NATIVE_ASSET } from "../../shared/columns/asset.ts";
import { assetContract } from "../values/asset-contract.ts";

/** A `ClassicAsset` on its way to the response. */
export interface ClassicAssetNode {
  readonly tokenId: string;
  readonly code: string;
  readonly issuer: string | null;
  readonly decimals: number;
}

/** The asset of a row that joins `trustline_assets`. @param id null: XLM @throws Error when an asset's row is missing */
export function classicAsset(networkPassphrase: string, id: string | null, code: string | null, issuer: string | null): ClassicAssetNode {
  if (id === null) return { tokenId: assetContract(networkPassphrase, NATIVE_ASSET), code: "XLM", issuer: null, decimals: ASSET_DECIMALS };
  if (code === null || issuer === null) throw new Error(`asset ${id} is not in trustline_assets`);
  return { tokenId: assetContract(networkPassphrase, assetText(code, issuer)), code, issuer, decimals: ASSET_DECIMALS };
}
