import type { AccountLoaders } from "../loaders/account-loaders.ts";
import { group } from "../loaders/batcher.ts";
import type { AccountPageDetails } from "../nodes/connections.ts";
import type { OperationNode } from "../nodes/operation.ts";
import type { StateChangeNode } from "../nodes/state-change.ts";
import type { HistoryKey } from "../queries/days.ts";
import type { AccountKey } from "../values/addresses.ts";
import { transactionOf } from "../../shared/columns/toid.ts";

/**
 * The operations and state changes of an account in a page of its transactions. A page is a contiguous stretch of the
 * account's history, so both are one range of the account's own index, not a probe per transaction.
 */
export class PageDetails implements AccountPageDetails {
  readonly #loaders: AccountLoaders;
  readonly #account: AccountKey;
  #first: HistoryKey | null = null;
  #last: HistoryKey | null = null;
  #operations: Promise<ReadonlyMap<string, OperationNode[]>> | null = null;
  #stateChanges: Promise<ReadonlyMap<string, StateChangeNode[]>> | null = null;

  constructor(loaders: AccountLoaders, account: AccountKey) {
    this.#loaders = loaders;
    this.#account = account;
  }

  /** The page's transactions as far as they are known. What was read ahead for a shorter stretch is read again. */
  extend(keys: readonly HistoryKey[]): void {
    for (const key of keys) {
      if (this.#first === null || BigInt(key.id) < BigInt(this.#first.id)) this.#first = key;
      if (this.#last === null || BigInt(key.id) > BigInt(this.#last.id)) this.#last = key;
    }
    this.#operations = null;
    this.#stateChanges = null;
  }

  lookAheadOperations(): void {
    this.operations().catch(() => {});
  }

  lookAheadStateChanges(): void {
    this.stateChanges().catch(() => {});
  }

  operations(): Promise<ReadonlyMap<string, OperationNode[]>> {
    return (this.#operations ??= this.#readOperations());
  }

  stateChanges(): Promise<ReadonlyMap<string, StateChangeNode[]>> {
    return (this.#stateChanges ??= this.#readStateChanges());
  }

  async #readOperations(): Promise<ReadonlyMap<string, OperationNode[]>> {
    if (this.#first === null || this.#last === null) return new Map();
    const nodes = await this.#loaders.operationsOfStretch({ account: this.#account, first: this.#first, last: this.#last });
    return group(
      nodes,
      (node) => transactionOf(node.id),
      (node) => node,
    );
  }

  async #readStateChanges(): Promise<ReadonlyMap<string, StateChangeNode[]>> {
    if (this.#first === null || this.#last === null) return new Map();
    const nodes = await this.#loaders.stateChangesOfStretch({ account: this.#account, first: this.#first, last: this.#last });
    return group(
      nodes,
      (node) => node.row.to_id,
      (node) => node,
    );
  }
}
