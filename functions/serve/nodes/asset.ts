import type { AccountFlag } from "../schema/enums.generated.ts";

/** An `Asset` on its way to the response. */
export interface AssetNode {
  readonly code: string;
  readonly issuer: string;
  readonly contractId: string;
  readonly flags: AccountFlag[] | null;
  readonly homeDomain: string | null;
}
