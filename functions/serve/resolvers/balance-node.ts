import { ASSET_DECIMALS, decimalAmount } from "../../shared/columns/amounts.ts";
import { assetText, isShortCode, NATIVE_ASSET } from "../../shared/columns/asset.ts";
import { TrustlineEntryFlag } from "../../shared/columns/flags.ts";
import type { BalanceNode } from "../nodes/balance.ts";
import type { BalanceRow } from "../queries/balances/page.ts";
import { assetContract } from "../values/asset-contract.ts";

/** A stored holding as its GraphQL type; null when the row lacks what the type needs. */
export function balanceNode(row: BalanceRow, networkPassphrase: string): BalanceNode | null {
  switch (row.source) {
    case "native":
      return {
        __typename: "NativeBalance",
        balance: decimalAmount(row.balance),
        tokenId: assetContract(networkPassphrase, NATIVE_ASSET),
        tokenType: "NATIVE",
        minimumBalance: decimalAmount(row.minimum_balance),
        buyingLiabilities: decimalAmount(row.buying_liabilities),
        sellingLiabilities: decimalAmount(row.selling_liabilities),
        numSubentries: row.num_subentries,
        lastModifiedLedger: row.last_modified_ledger,
      };
    case "classic":
      return {
        __typename: "TrustlineBalance",
        balance: decimalAmount(row.balance),
        tokenId: assetContract(networkPassphrase, assetText(row.code, row.issuer)),
        tokenType: "CLASSIC",
        code: row.code,
        issuer: row.issuer,
        assetType: isShortCode(row.code) ? "CREDIT_ALPHANUM4" : "CREDIT_ALPHANUM12",
        limit: decimalAmount(row.trust_limit),
        buyingLiabilities: decimalAmount(row.buying_liabilities),
        sellingLiabilities: decimalAmount(row.selling_liabilities),
        lastModifiedLedger: row.last_modified_ledger,
        isAuthorized: (row.flags & TrustlineEntryFlag.AUTHORIZED) !== 0,
        isAuthorizedToMaintainLiabilities: (row.flags & TrustlineEntryFlag.AUTHORIZED_TO_MAINTAIN_LIABILITIES) !== 0,
      };
    case "sac":
      if (row.code === null || row.issuer === null) return null;
      return {
        __typename: "SACBalance",
        balance: row.balance,
        tokenId: row.contract_id,
        tokenType: "SAC",
        code: row.code,
        issuer: row.issuer,
        decimals: row.decimals ?? ASSET_DECIMALS,
        isAuthorized: row.is_authorized,
        isClawbackEnabled: row.is_clawback_enabled,
      };
    case "sep41":
      return {
        __typename: "SEP41Balance",
        balance: row.balance,
        tokenId: row.contract_id,
        tokenType: "SEP41",
        name: row.name,
        symbol: row.symbol,
        decimals: row.decimals ?? 0,
        lastModifiedLedger: row.last_modified_ledger,
      };
    case "lp":
      return {
        __typename: "LiquidityPoolBalance",
        balance: decimalAmount(row.balance),
        tokenId: row.key,
        tokenType: "LIQUIDITY_POOL",
        reserves: [
          { asset: row.asset_a, amount: decimalAmount(row.amount_a) },
          { asset: row.asset_b, amount: decimalAmount(row.amount_b) },
        ],
        lastModifiedLedger: row.last_modified_ledger,
      };
  }
}
