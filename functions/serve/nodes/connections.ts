import type { AccountKey } from "../values/addresses.ts";
import type { TransactionNode } from "./transaction.ts";

/** An `AccountTransactionEdge` on its way to the response. */
export interface AccountTransactionEdgeNode {
  readonly node: TransactionNode;
  readonly cursor: string;
  /** Whose page it is. */
  readonly account: AccountKey;
}
