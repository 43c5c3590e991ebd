import type { AssetType, BalanceSource, TokenType } from "../schema/enums.generated.ts";

/** What every balance has. */
interface Common {
  /** Decimal text; see the API's specification for the unit of each type. */
  balance: string;
  tokenId: string;
  tokenType: TokenType;
  /** In the unit of `balance`. */
  spendable: string;
  decimals: number;
  symbol: string | null;
  name: string | null;
  /** `C…` */
  contractId: string | null;
  /** `G…` */
  sponsor: string | null;
  isClawbackEnabled: boolean;
  lastModifiedLedger: number;
  exists: boolean;
  isArchived: boolean;
  liveUntilLedger: number | null;
  isFrozen: boolean;
}

/** A `Balance` on its way to the response. */
export type BalanceNode =
  | (Common & {
      __typename: "NativeBalance";
      minimumBalance: string;
      buyingLiabilities: string;
      sellingLiabilities: string;
      numSubentries: number;
    })
  | (Common & {
      __typename: "TrustlineBalance";
      code: string;
      issuer: string;
      assetType: AssetType;
      limit: string;
      buyingLiabilities: string;
      sellingLiabilities: string;
      isAuthorized: boolean;
      isAuthorizedToMaintainLiabilities: boolean;
    })
  | (Common & { __typename: "SACBalance"; code: string; issuer: string; isAuthorized: boolean })
  | (Common & { __typename: "SEP41Balance"; source: BalanceSource; asOfLedger: number; eventsDiffer: boolean })
  | (Common & { __typename: "LiquidityPoolBalance"; reserves: { asset: string; amount: string }[] });
