import type { AssetType, TokenType } from "../schema/enums.generated.ts";

interface Common {
  /** Decimal text; see the contract for the unit of each type. */
  balance: string;
  tokenId: string;
  tokenType: TokenType;
}

/** A `Balance` on its way to the response. */
export type BalanceNode =
  | (Common & {
      __typename: "NativeBalance";
      minimumBalance: string;
      buyingLiabilities: string;
      sellingLiabilities: string;
      numSubentries: number;
      lastModifiedLedger: number;
    })
  | (Common & {
      __typename: "TrustlineBalance";
      code: string;
      issuer: string;
      assetType: AssetType;
      limit: string;
      buyingLiabilities: string;
      sellingLiabilities: string;
      lastModifiedLedger: number;
      isAuthorized: boolean;
      isAuthorizedToMaintainLiabilities: boolean;
    })
  | (Common & {
      __typename: "SACBalance";
      code: string;
      issuer: string;
      decimals: number;
      isAuthorized: boolean;
      isClawbackEnabled: boolean;
    })
  | (Common & { __typename: "SEP41Balance"; name: string | null; symbol: string | null; decimals: number; lastModifiedLedger: number })
  | (Common & { __typename: "LiquidityPoolBalance"; reserves: { asset: string; amount: string }[]; lastModifiedLedger: number });
