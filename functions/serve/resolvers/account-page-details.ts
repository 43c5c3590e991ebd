import type { AccountPageDetails } from "../nodes/connections.ts";
import { OperationNode } from "../nodes/operation.ts";
import { StateChangeNode } from "../nodes/state-change.ts";
import { operationLinksBetween } from "../queries/account-links.ts";
import type { HistoryKey } from "../queries/days.ts";
import { operationsByKey } from "../queries/operations.ts";
import { stateChangesBetween } from "../queries/state-changes.ts";
import type { Snapshot } from "../snapshot.ts";
import { type AccountKey, isParticipant } from "../values/addresses.ts";
import { transactionOf } from "../values/toid.ts";

/**
 * The operations and state changes of an account in a page of its transactions. A page is a contiguous stretch of the
 * account's history, so both are one range of the account's own index, not a probe per transaction.
 */
export class PageDetails implements AccountPageDetails {
  readonly #snapshot: Snapshot;
  readonly #account: AccountKey;
  #first: HistoryKey | null = null;
  #last: HistoryKey | null = null;
  #operations: Promise<ReadonlyMap<string, OperationNode[]>> | null = null;
  #stateChanges: Promise<ReadonlyMap<string, StateChangeNode[]>> | null = null;

  constructor(snapshot: Snapshot, account: AccountKey) {
    this.#snapshot = snapshot;
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
    const byTransaction = new Map<string, OperationNode[]>();
    if (this.#first === null || this.#last === null) return byTransaction;
    const links = await operationLinksBetween(this.#snapshot, this.#account, this.#first, this.#last);
    if (links.length === 0) return byTransaction;
    const rows = [...(await operationsByKey(this.#snapshot, links)).values()].filter((row) => isParticipant(this.#account, row.accounts));
    rows.sort((left, right) => (BigInt(left.id) < BigInt(right.id) ? 1 : -1));
    for (const row of rows) push(byTransaction, transactionOf(row.id), new OperationNode(row));
    return byTransaction;
  }

  async #readStateChanges(): Promise<ReadonlyMap<string, StateChangeNode[]>> {
    const byTransaction = new Map<string, StateChangeNode[]>();
    if (this.#first === null || this.#last === null) return byTransaction;
    const rows = await stateChangesBetween(this.#snapshot, this.#account, this.#first.time, this.#last.time);
    for (const row of rows) push(byTransaction, row.to_id, new StateChangeNode(row));
    return byTransaction;
  }
}

function push<Node>(groups: Map<string, Node[]>, key: string, node: Node): void {
  const found = groups.get(key);
  if (found === undefined) groups.set(key, [node]);
  else found.push(node);
}
