import type { AccountKey } from "../values/addresses.ts";

/** An `Account` on its way to the response: a handle, no stored row. */
export interface AccountNode {
  readonly address: string;
  readonly account: AccountKey;
}

export function accountNode(account: AccountKey): AccountNode {
  return { address: account.text, account };
}
