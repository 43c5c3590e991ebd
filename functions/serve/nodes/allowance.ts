import type { AllowanceSource, TokenType } from "../schema/enums.generated.ts";

/** A `SEP41Allowance` on its way to the response. */
export interface AllowanceNode {
  readonly owner: string;
  readonly spender: string;
  readonly tokenId: string;
  readonly tokenType: TokenType;
  readonly amount: string;
  readonly expirationLedger: number;
  readonly lastModifiedLedger: number;
  readonly source: AllowanceSource;
  readonly symbol: string | null;
  readonly name: string | null;
  readonly decimals: number | null;
}
