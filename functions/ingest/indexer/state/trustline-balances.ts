import type { Address } from "../../../shared/xdr/address.ts";
import { StrkeyVersion } from "../../../shared/strkey.ts";
import { accountAt, addressAt } from "../../../shared/xdr/addresses.ts";
import { entryData, type Change } from "../../ledger/changes.ts";
import type { ContractIds } from "../../ledger/contract-ids.ts";
import { sponsorOf } from "../../ledger/sponsor.ts";
import { int64, type Words } from "../../../shared/xdr/words.ts";
import { AssetType, readTrustLineEntry, readTrustLineEntryV1 } from "../../../shared/xdr/xdr.generated.ts";
import type { LiquidityPoolBalanceRow, TrustlineAssetRow, TrustlineBalanceRow } from "../rows.ts";
import { assetRow } from "./asset-rows.ts";
import { FoldTable } from "./fold.ts";

/** Trustlines of a ledger, folded; pool shares apart. */
export class TrustlineBalances {
  readonly #trustlines = new FoldTable<Address, Address>();
  readonly #shares = new FoldTable<Address, Address>();
  readonly #assets = new Map<Address, TrustlineAssetRow>();

  add(x: Words, ids: ContractIds, change: Change, order: number | null): void {
    const entry = entryData(change.post || change.pre);
    const account = accountAt(x, entry + 1);
    const asset = entry + 9;
    if (x[asset] === AssetType.assetTypePoolShare) {
      this.#shares.add(account, addressAt(x, asset + 1, StrkeyVersion.liquidityPool), change, order);
      return;
    }
    const contract = ids.asset(x, asset);
    if (!this.#assets.has(contract)) this.#assets.set(contract, assetRow(x, asset, contract));
    this.#trustlines.add(account, contract, change, order);
  }

  balances(x: Words): TrustlineBalanceRow[] {
    return Array.from(this.#trustlines.rows(), ({ first, second, op, pre, post, order }) => {
      const entry = readTrustLineEntry(x, entryData(post || pre));
      const liabilities = x[entry.ext] === 1 ? readTrustLineEntryV1(x, entry.ext + 1).liabilities : 0;
      return {
        account: first,
        asset: this.#assets.get(second)!,
        op,
        order,
        balance: int64(x, entry.balance),
        trustLimit: int64(x, entry.limit),
        buyingLiabilities: liabilities === 0 ? 0n : int64(x, liabilities),
        sellingLiabilities: liabilities === 0 ? 0n : int64(x, liabilities + 2),
        // As the database keeps 32 bits, signed.
        flags: entry.flags | 0,
        sponsor: sponsorOf(x, post || pre),
      };
    });
  }

  shares(x: Words): LiquidityPoolBalanceRow[] {
    return Array.from(this.#shares.rows(), ({ first, second, op, pre, post, order }) => ({
      account: first,
      poolId: Buffer.from(second.bytes.subarray(1)).toString("hex"),
      op,
      order,
      shares: int64(x, readTrustLineEntry(x, entryData(post || pre)).balance),
      sponsor: sponsorOf(x, post || pre),
    }));
  }

  /** Every asset of a touched trustline, by its contract. */
  get assets(): ReadonlyMap<Address, TrustlineAssetRow> {
    return this.#assets;
  }
}
