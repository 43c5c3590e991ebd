import { assetText, NATIVE_ASSET } from "../../../shared/columns/asset.ts";
import type { Address } from "../../../shared/xdr/address.ts";
import { StrkeyVersion } from "../../../shared/strkey.ts";
import { addressAt } from "../../../shared/xdr/addresses.ts";
import { entryData, type Change } from "../../ledger/changes.ts";
import { int64, type Words } from "../../../shared/xdr/words.ts";
import { readLiquidityPoolConstantProductParameters, readLiquidityPoolEntryConstantProduct } from "../../../shared/xdr/xdr.generated.ts";
import { assetCodeAt, issuerAt } from "../assets.ts";
import type { LiquidityPoolRow } from "../rows.ts";
import { FoldTable } from "./fold.ts";

/** The text of the `Asset` at `p`. */
function assetTextAt(x: Words, p: number): string {
  const issuer = issuerAt(x, p);
  return issuer ? assetText(assetCodeAt(x, p), issuer.text) : NATIVE_ASSET;
}

/** Constant-product pools of a ledger, folded. */
export class LiquidityPools {
  readonly #folds = new FoldTable<Address>();

  add(x: Words, change: Change, order: number | null): void {
    this.#folds.add(addressAt(x, entryData(change.post || change.pre), StrkeyVersion.liquidityPool), null, change, order);
  }

  rows(x: Words): LiquidityPoolRow[] {
    return Array.from(this.#folds.rows(), ({ first, op, pre, post, order }) => {
      // LiquidityPoolEntry: the id (8 words), the body's type, then the constant-product body.
      const body = readLiquidityPoolEntryConstantProduct(x, entryData(post || pre) + 9);
      const { assetA, assetB } = readLiquidityPoolConstantProductParameters(x, body.params);
      return {
        poolId: Buffer.from(first.bytes.subarray(1)).toString("hex"),
        op,
        order,
        assetA: assetTextAt(x, assetA),
        amountA: int64(x, body.reserveA),
        assetB: assetTextAt(x, assetB),
        amountB: int64(x, body.reserveB),
      };
    });
  }
}
