import type * as api from "./schema.generated.ts";

/** Members that lead to other objects; the client does not ask for them. */
type Links = "account" | "operation" | "transaction" | "operations" | "stateChanges" | "accounts";

/** `Omit` that keeps the alternatives of a union apart. @typeParam Others that the client does not ask for */
type Plain<T, Others extends string = never> = T extends unknown ? Omit<T, Links | Others> : never;

export type Transaction = Pick<
  api.Transaction,
  "hash" | "resultCode" | "feeCharged" | "ledgerNumber" | "ledgerCreatedAt" | "isFeeBump" | "ingestedAt"
>;
export type Operation = Plain<Omit<api.Operation, "__typename">>;

/** One change of an account; `__typename` tells which. */
export type StateChange = Plain<
  | api.BalanceChange
  | api.AccountCreatedChange
  | api.AccountMergedChange
  | api.SignerAddedChange
  | api.SignerUpdatedChange
  | api.SignerRemovedChange
  | api.ThresholdChange
  | api.AccountFlagsChange
  | api.HomeDomainSetChange
  | api.HomeDomainUpdatedChange
  | api.HomeDomainClearedChange
  | api.DataEntryAddedChange
  | api.DataEntryUpdatedChange
  | api.DataEntryRemovedChange
  | api.AllowanceChange
  | api.TrustlineAddedChange
  | api.TrustlineUpdatedChange
  | api.TrustlineRemovedChange
  | api.BalanceAuthorizationChange,
  "id"
>;

/** Members of every balance that the reference client does not know. */
type Unasked = "spendable" | "contractId" | "sponsor" | "exists" | "isArchived" | "liveUntilLedger" | "isFrozen";
type NotOfSep41 = Unasked | "decimals" | "symbol" | "name";

/** One holding; `__typename` tells which kind. */
export type Balance =
  | Omit<api.NativeBalance, NotOfSep41 | "isClawbackEnabled">
  | Omit<api.TrustlineBalance, NotOfSep41 | "isClawbackEnabled">
  | Omit<api.SacBalance, Unasked | "symbol" | "name" | "lastModifiedLedger">
  | (Omit<api.LiquidityPoolBalance, NotOfSep41 | "isClawbackEnabled" | "reserves"> & { reserves: { asset: string; amount: string }[] })
  | Omit<api.Sep41Balance, Unasked | "isClawbackEnabled" | "source" | "asOfLedger" | "eventsDiffer">;

export type Allowance = Pick<api.Sep41Allowance, "owner" | "spender" | "tokenId" | "amount" | "expirationLedger" | "lastModifiedLedger">;

/** A transaction of an account's history with the account's own operations and changes in it, newest first. */
export interface HistoryEdge extends Edge<Transaction> {
  operations: Operation[];
  stateChanges: StateChange[];
}

export interface Edge<Node> {
  node: Node;
  cursor: string;
}

export interface PageInfo {
  startCursor: string | null;
  endCursor: string | null;
  hasNextPage: boolean;
  hasPreviousPage: boolean;
}

/** A page of a connection, ascending whichever way it was asked for. */
export interface Page<E> {
  edges: E[];
  pageInfo: PageInfo;
}

/** Which page: `first` and `after` walk forward, `last` and `before` backward. At most 100; 50 when neither is given. */
export interface PageArguments {
  first?: number;
  after?: string;
  last?: number;
  before?: string;
}

/** Ledger close times, both inclusive. */
export interface TimeRange {
  since?: Date | string;
  until?: Date | string;
}

/** Conditions on state changes, all of which must hold. */
export interface StateChangeFilter {
  transactionHash?: string;
  operationId?: bigint;
  category?: api.StateChangeCategory;
  reason?: api.StateChangeReason;
}

export type { StateChangeCategory, StateChangeReason } from "./schema.generated.ts";
