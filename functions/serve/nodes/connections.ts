import type { OperationNode } from "./operation.ts";
import type { StateChangeNode } from "./state-change.ts";
import type { TransactionNode } from "./transaction.ts";

/** What belongs to an account in the transactions of one page, by transaction id; read once, when first asked for. */
export interface AccountPageDetails {
  operations(): Promise<ReadonlyMap<string, OperationNode[]>>;
  stateChanges(): Promise<ReadonlyMap<string, StateChangeNode[]>>;
}

/** An `AccountTransactionEdge` on its way to the response. */
export interface AccountTransactionEdgeNode {
  readonly node: TransactionNode;
  readonly cursor: string;
  readonly details: AccountPageDetails;
}
