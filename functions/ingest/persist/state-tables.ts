import { sevenDecimals } from "../../shared/columns/amounts.ts";
import type {
  AccountDataRow,
  LivingRow,
  LiquidityPoolBalanceRow,
  LiquidityPoolRow,
  OfferRow,
  SacBalanceRow,
  TrustlineAssetRow,
  TrustlineBalanceRow,
} from "../indexer/rows.ts";
import { FactTable, GuardedTable } from "./state-table.ts";

/** The columns of an entry that can be archived. Whoever writes an entry has it live. */
const living = {
  fixed: [{ name: "key_hash", type: "bytea", read: (row: LivingRow) => row.keyHash }],
  known: [{ name: "live_until_ledger", type: "integer", read: (row: LivingRow) => row.liveUntilLedger }],
  reset: ["evicted_ledger"],
} as const;

/** Data entries of accounts. */
export const accountData = new GuardedTable<AccountDataRow>({
  table: "account_data",
  key: [
    { name: "account_id", type: "bytea", read: (row) => row.account.bytes },
    { name: "name", type: "bytea", read: (row) => row.name },
  ],
  values: [
    { name: "value", type: "bytea", read: (row) => row.value },
    { name: "sponsor", type: "bytea", read: (row) => row.sponsor?.bytes ?? null },
  ],
});

/** Classic assets of accounts. */
export const trustlineBalances = new GuardedTable<TrustlineBalanceRow>({
  table: "trustline_balances",
  key: [
    { name: "account_id", type: "bytea", read: (row) => row.account.bytes },
    { name: "asset_id", type: "uuid", read: (row) => row.asset.id },
  ],
  values: [
    { name: "balance", type: "bigint", read: (row) => row.balance },
    { name: "trust_limit", type: "bigint", read: (row) => row.trustLimit },
    { name: "buying_liabilities", type: "bigint", read: (row) => row.buyingLiabilities },
    { name: "selling_liabilities", type: "bigint", read: (row) => row.sellingLiabilities },
    { name: "flags", type: "integer", read: (row) => row.flags },
    { name: "sponsor", type: "bytea", read: (row) => row.sponsor?.bytes ?? null },
  ],
});

/** XLM and classic assets of contracts. */
export const sacBalances = new GuardedTable<SacBalanceRow>({
  table: "sac_balances",
  key: [
    { name: "account_id", type: "bytea", read: (row) => row.account.bytes },
    { name: "contract_id", type: "uuid", read: (row) => row.contractId },
  ],
  values: [
    { name: "balance", type: "numeric", read: (row) => sevenDecimals(row.balance) },
    { name: "is_authorized", type: "boolean", read: (row) => row.isAuthorized },
    { name: "is_clawback_enabled", type: "boolean", read: (row) => row.isClawbackEnabled },
  ],
  ...living,
});

/** Reserves of pools. */
export const liquidityPools = new GuardedTable<LiquidityPoolRow>({
  table: "liquidity_pools",
  key: [{ name: "pool_id", type: "text", read: (row) => row.poolId }],
  // A pool's id is the hash of its assets.
  fixed: [
    { name: "asset_a", type: "text", read: (row) => row.assetA },
    { name: "asset_b", type: "text", read: (row) => row.assetB },
  ],
  values: [
    { name: "amount_a", type: "bigint", read: (row) => row.amountA },
    { name: "amount_b", type: "bigint", read: (row) => row.amountB },
  ],
});

/** Shares of pools. */
export const liquidityPoolBalances = new GuardedTable<LiquidityPoolBalanceRow>({
  table: "liquidity_pool_balances",
  key: [
    { name: "account_id", type: "bytea", read: (row) => row.account.bytes },
    { name: "pool_id", type: "text", read: (row) => row.poolId },
  ],
  values: [
    { name: "shares", type: "bigint", read: (row) => row.shares },
    { name: "sponsor", type: "bytea", read: (row) => row.sponsor?.bytes ?? null },
  ],
});

/** Offers. */
export const offers = new GuardedTable<OfferRow>({
  table: "offers",
  key: [{ name: "offer_id", type: "bigint", read: (row) => row.offerId }],
  fixed: [{ name: "seller_id", type: "bytea", read: (row) => row.seller.bytes }],
  // Who manages an offer may change all of it.
  values: [
    { name: "amount", type: "bigint", read: (row) => row.amount },
    { name: "price_n", type: "integer", read: (row) => row.priceN },
    { name: "price_d", type: "integer", read: (row) => row.priceD },
    { name: "is_passive", type: "boolean", read: (row) => row.isPassive },
    { name: "selling_id", type: "uuid", read: (row) => row.selling?.id ?? null },
    { name: "buying_id", type: "uuid", read: (row) => row.buying?.id ?? null },
    { name: "sponsor", type: "bytea", read: (row) => row.sponsor?.bytes ?? null },
  ],
});

/** Code and issuer of the assets of trustlines, claimable balances and offers. */
export const trustlineAssets = new FactTable<TrustlineAssetRow>({
  table: "trustline_assets",
  key: [{ name: "id", type: "uuid", read: (row) => row.id }],
  fixed: [
    { name: "code", type: "text", read: (row) => row.code },
    { name: "issuer", type: "text", read: (row) => row.issuer },
    { name: "contract_id", type: "bytea", read: (row) => row.contract },
  ],
  values: [],
});
