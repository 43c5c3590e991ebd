import { ASSET_DECIMALS, decimalAmount } from "../../shared/columns/amounts.ts";
import { assetText, isShortCode, NATIVE_ASSET } from "../../shared/columns/asset.ts";
import { TrustlineEntryFlag } from "../../shared/columns/flags.ts";
import type { BalanceNode } from "../nodes/balance.ts";
import type { BalanceRow } from "../queries/balances.ts";
import { assetContract } from "../values/asset-contract.ts";

/** A stored holding as its GraphQL type; null when the row lacks what the type needs. */
export function balanceNode(row: BalanceRow, networkPassphrase: string): BalanceNode | null {
  switch (row.source) {
    case 0:
      return {
        __typename: "NativeBalance",
        balance: decimalAmount(row.balance),
        tokenId: assetContract(networkPassphrase, NATIVE_ASSET),
        tokenType: "NATIVE",
        minimumBalance: decimalAmount(row.amount_1 ?? "0"),
        buyingLiabilities: decimalAmount(row.buying_liabilities ?? "0"),
        sellingLiabilities: decimalAmount(row.selling_liabilities ?? "0"),
        numSubentries: row.number_1 ?? 0,
        lastModifiedLedger: row.last_modified_ledger,
      };
    case 1: {
      const { text_1: code, text_2: issuer, number_1: flags } = row;
      if (code === null || issuer === null || flags === null) return null;
      return {
        __typename: "TrustlineBalance",
        balance: decimalAmount(row.balance),
        tokenId: assetContract(networkPassphrase, assetText(code, issuer)),
        tokenType: "CLASSIC",
        code,
        issuer,
        assetType: isShortCode(code) ? "CREDIT_ALPHANUM4" : "CREDIT_ALPHANUM12",
        limit: decimalAmount(row.amount_1 ?? "0"),
        buyingLiabilities: decimalAmount(row.buying_liabilities ?? "0"),
        sellingLiabilities: decimalAmount(row.selling_liabilities ?? "0"),
        lastModifiedLedger: row.last_modified_ledger,
        isAuthorized: (flags & TrustlineEntryFlag.AUTHORIZED) !== 0,
        isAuthorizedToMaintainLiabilities: (flags & TrustlineEntryFlag.AUTHORIZED_TO_MAINTAIN_LIABILITIES) !== 0,
      };
    }
    case 2: {
      const { text_1: code, text_2: issuer, text_3: tokenId } = row;
      if (code === null || issuer === null || tokenId === null) return null;
      return {
        __typename: "SACBalance",
        balance: row.balance,
        tokenId,
        tokenType: "SAC",
        code,
        issuer,
        decimals: row.number_1 ?? ASSET_DECIMALS,
        isAuthorized: row.bool_1 ?? false,
        isClawbackEnabled: row.bool_2 ?? false,
      };
    }
    case 3:
      if (row.text_3 === null) return null;
      return {
        __typename: "SEP41Balance",
        balance: row.balance,
        tokenId: row.text_3,
        tokenType: "SEP41",
        name: row.text_1,
        symbol: row.text_2,
        decimals: row.number_1 ?? 0,
        lastModifiedLedger: row.last_modified_ledger,
      };
    default: {
      const { text_1: assetA, text_2: assetB, text_3: amountA, text_4: amountB } = row;
      if (assetA === null || assetB === null || amountA === null || amountB === null) return null;
      return {
        __typename: "LiquidityPoolBalance",
        balance: decimalAmount(row.balance),
        tokenId: row.key,
        tokenType: "LIQUIDITY_POOL",
        reserves: [
          { asset: assetA, amount: decimalAmount(amountA) },
          { asset: assetB, amount: decimalAmount(amountB) },
        ],
        lastModifiedLedger: row.last_modified_ledger,
      };
    }
  }
}
