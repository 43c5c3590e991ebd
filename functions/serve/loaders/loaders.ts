import { OperationNode } from "../nodes/operation.ts";
import { StateChangeNode } from "../nodes/state-change.ts";
import { type TransactionNode, transactionNode } from "../nodes/transaction.ts";
import type { Page } from "../pagination/page.ts";
import type { HistoryKey } from "../queries/days.ts";
import { operationByKey, operationsByKey, operationsOfTransactions } from "../queries/operations.ts";
import { type ChildCursor, stateChangesOfOperations, stateChangesOfTransactions } from "../queries/state-changes.ts";
import { transactionByKey, transactionsByKey } from "../queries/transactions.ts";
import type { Snapshot } from "../snapshot.ts";
import { transactionOf } from "../values/toid.ts";
import { Batcher } from "./batcher.ts";

/** What one request loads in batches; a statement per shape and tick. */
export class Loaders {
  readonly #snapshot: Snapshot;
  readonly #children = new Map<string, Batcher<HistoryKey, unknown[]>>();
  readonly transactions: Batcher<HistoryKey, TransactionNode>;
  readonly operations: Batcher<HistoryKey, OperationNode>;

  constructor(snapshot: Snapshot) {
    this.#snapshot = snapshot;
    this.transactions = new Batcher(async (keys) => {
      if (keys.length > 1) return mapValues(await transactionsByKey(snapshot, keys), transactionNode);
      const row = await transactionByKey(snapshot, keys[0]!);
      return new Map(row === null ? [] : [[row.to_id, transactionNode(row)]]);
    });
    this.operations = new Batcher(async (keys) => {
      if (keys.length > 1) return mapValues(await operationsByKey(snapshot, keys), (row) => new OperationNode(row));
      const row = await operationByKey(snapshot, keys[0]!);
      return new Map(row === null ? [] : [[row.id, new OperationNode(row)]]);
    });
  }

  /** A page of a transaction's operations, one more than asked for if there is one. */
  async operationsOfTransaction(transaction: HistoryKey, page: Page<string>): Promise<OperationNode[]> {
    const batcher = this.#batcher(`operations ${page.limit} ${page.backward} ${page.cursor}`, async (keys) =>
      group(
        await operationsOfTransactions(this.#snapshot, keys, page),
        (row) => transactionOf(row.id),
        (row) => new OperationNode(row),
      ),
    );
    return ((await batcher.load(transaction)) ?? []) as OperationNode[];
  }

  /** A page of a transaction's state changes. */
  async stateChangesOfTransaction(transaction: HistoryKey, page: Page<ChildCursor>): Promise<StateChangeNode[]> {
    const cursor = page.cursor === null ? "" : `${page.cursor.operationId}:${page.cursor.stateChangeId}`;
    const batcher = this.#batcher(`transaction changes ${page.limit} ${page.backward} ${cursor}`, async (keys) =>
      group(
        await stateChangesOfTransactions(this.#snapshot, keys, page),
        (row) => row.to_id,
        (row) => new StateChangeNode(row),
      ),
    );
    return ((await batcher.load(transaction)) ?? []) as StateChangeNode[];
  }

  /** A page of an operation's state changes. */
  async stateChangesOfOperation(operation: HistoryKey, page: Page<string>): Promise<StateChangeNode[]> {
    const batcher = this.#batcher(`operation changes ${page.limit} ${page.backward} ${page.cursor}`, async (keys) =>
      group(
        await stateChangesOfOperations(this.#snapshot, keys, page),
        (row) => row.operation_id,
        (row) => new StateChangeNode(row),
      ),
    );
    return ((await batcher.load(operation)) ?? []) as StateChangeNode[];
  }

  #batcher(shape: string, load: (keys: HistoryKey[]) => Promise<Map<string, unknown[]>>): Batcher<HistoryKey, unknown[]> {
    let batcher = this.#children.get(shape);
    if (batcher === undefined) this.#children.set(shape, (batcher = new Batcher(load)));
    return batcher;
  }
}

function mapValues<From, To>(map: Map<string, From>, change: (value: From) => To): Map<string, To> {
  return new Map([...map].map(([key, value]) => [key, change(value)]));
}

function group<Row, Node>(rows: readonly Row[], parent: (row: Row) => string, node: (row: Row) => Node): Map<string, Node[]> {
  const groups = new Map<string, Node[]>();
  for (const row of rows) {
    const key = parent(row);
    const found = groups.get(key);
    if (found === undefined) groups.set(key, [node(row)]);
    else found.push(node(row));
  }
  return groups;
}
