import type { Address } from "../../../shared/xdr/address.ts";
import type { Words } from "../../../shared/xdr/words.ts";
import { ContradictionError } from "../../ledger/contradiction-error.ts";
import { assetCodeAt, issuerAt } from "../assets.ts";
import type { TrustlineAssetRow } from "../rows.ts";
import { assetUuid } from "../../../shared/columns/uuid5.ts";

const MAX_ASSETS = 50_000;
/** Asset rows by contract; a process meets the same assets in every ledger. */
const assetRows = new Map<string, TrustlineAssetRow>();

/**
 * The row of the issued `Asset` (or asset arm of a `TrustLineAsset`) at `p`.
 * @param contract the asset's
 * @throws ContradictionError when it is XLM
 */
export function assetRow(x: Words, asset: number, contract: Address): TrustlineAssetRow {
  let row = assetRows.get(contract.text);
  if (!row) {
    const code = assetCodeAt(x, asset);
    const issuer = issuerAt(x, asset);
    if (!issuer) throw new ContradictionError("a trustline for XLM", asset);
    row = { id: assetUuid(code, issuer.text), code, issuer: issuer.text, contract: contract.bytes };
    if (assetRows.size >= MAX_ASSETS) assetRows.clear();
    assetRows.set(contract.text, row);
  }
  return row;
}
