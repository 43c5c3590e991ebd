import type { Address } from "../../../shared/xdr/address.ts";
import type { Words } from "../../../shared/xdr/words.ts";
import { AssetType } from "../../../shared/xdr/xdr.generated.ts";
import type { ContractIds } from "../../ledger/contract-ids.ts";
import type { TrustlineAssetRow } from "../rows.ts";
import { assetRow } from "./asset-rows.ts";

/** The assets of claimable balances and offers. Their owners need not have a trustline that any ledger here has touched. */
export class PromisedAssets {
  readonly #ids: ContractIds;
  readonly #rows = new Map<Address, TrustlineAssetRow>();

  constructor(ids: ContractIds) {
    this.#ids = ids;
  }

  /** The `Asset` at `p`; null for XLM. */
  at(x: Words, p: number): TrustlineAssetRow | null {
    if (x[p] === AssetType.assetTypeNative) return null;
    const contract = this.#ids.asset(x, p);
    let row = this.#rows.get(contract);
    if (!row) this.#rows.set(contract, (row = assetRow(x, p, contract)));
    return row;
  }

  /** Every asset that was asked for. */
  rows(): TrustlineAssetRow[] {
    return [...this.#rows.values()];
  }
}
