/** A `SEP41Allowance` on its way to the response. */
export interface AllowanceNode {
  readonly owner: string;
  readonly spender: string;
  readonly tokenId: string;
  readonly amount: string;
  readonly expirationLedger: number;
  readonly lastModifiedLedger: number;
}
