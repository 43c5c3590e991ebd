import { sevenDecimals } from "../../shared/columns/amounts.ts";
import type {
  LiquidityPoolBalanceRow,
  LiquidityPoolRow,
  NativeBalanceRow,
  ProtocolContractRow,
  ProtocolWasmRow,
  SacBalanceRow,
  TrustlineAssetRow,
  TrustlineBalanceRow,
} from "../indexer/rows.ts";
import { FactTable, GuardedTable } from "./state-table.ts";

/** XLM of accounts and of contracts. */
export const nativeBalances = new GuardedTable<NativeBalanceRow>({
  table: "native_balances",
  key: [{ name: "account_id", type: "bytea", read: (row) => row.account.bytes }],
  values: [
    { name: "balance", type: "bigint", read: (row) => row.balance },
    { name: "buying_liabilities", type: "bigint", read: (row) => row.buyingLiabilities },
    { name: "selling_liabilities", type: "bigint", read: (row) => row.sellingLiabilities },
    { name: "num_subentries", type: "integer", read: (row) => row.numSubentries },
    { name: "num_sponsoring", type: "integer", read: (row) => row.numSponsoring },
    { name: "num_sponsored", type: "integer", read: (row) => row.numSponsored },
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

/** Classic assets of contracts. */
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

/** Code and issuer of the assets of trustlines. */
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

/** Code that contracts run. */
export const protocolWasms = new FactTable<ProtocolWasmRow>({
  table: "protocol_wasms",
  key: [{ name: "wasm_hash", type: "bytea", read: (row) => row.wasmHash }],
  values: [],
});

/** The code that a contract runs now. */
export const protocolContracts = new FactTable<ProtocolContractRow>({
  table: "protocol_contracts",
  key: [{ name: "contract_id", type: "bytea", read: (row) => row.contract.bytes }],
  values: [{ name: "wasm_hash", type: "bytea", read: (row) => row.wasmHash }],
});
