import { hashPrefixText } from "../../shared/columns/hash-prefix.ts";
import { transactionOf } from "../../shared/columns/toid.ts";
import { OperationNode } from "../nodes/operation.ts";
import { StateChangeNode } from "../nodes/state-change.ts";
import { type TransactionNode, transactionNode } from "../nodes/transaction.ts";
import type { Page } from "../pagination/page.ts";
import type { HistoryKey } from "../queries/days.ts";
import { ledgersClosedAt } from "../queries/ledgers.ts";
import { operationByKey, operationsByKey, operationsOfTransactions } from "../queries/operations.ts";
import { type ChildCursor, stateChangesOfOperations, stateChangesOfTransactions } from "../queries/state-changes.ts";
import { transactionsByHashPrefix } from "../queries/transaction-hashes.ts";
import { transactionByKey, transactionsByKey } from "../queries/transactions.ts";
import type { Snapshot } from "../database/snapshot.ts";
import { AccountLoaders } from "./account-loaders.ts";
import { Batcher, Batchers, group } from "./batcher.ts";

/** What one request loads in batches: a statement per shape and tick, however many rows ask. */
export class Loaders {
  readonly #snapshot: Snapshot;
  readonly #children = new Batchers();
  /** Transactions by id. */
  readonly transactions: Batcher<HistoryKey, TransactionNode>;
  /** Operations by id. */
  readonly operations: Batcher<HistoryKey, OperationNode>;
  /** Transactions that share the first 8 bytes of their hash, by that prefix. */
  readonly hashPrefixes: Batcher<{ id: string }, HistoryKey[]>;
  /** Close times by ledger sequence. */
  readonly closeTimes: Batcher<{ id: string }, string>;
  readonly accounts: AccountLoaders;

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
    this.hashPrefixes = new Batcher(async (keys) =>
      group(
        await transactionsByHashPrefix(
          snapshot,
          keys.map((key) => key.id),
        ),
        (row) => row.prefix,
        ({ id, time }) => ({ id, time }),
      ),
    );
    this.closeTimes = new Batcher(async (keys) => {
      const sequences = keys.map((key) => key.id);
      return new Map((await ledgersClosedAt(snapshot, sequences)).map((row) => [String(row.sequence), row.closed_at]));
    });
    this.accounts = new AccountLoaders(snapshot, this);
  }

  /** The transaction of a hash (64 lower-case hex digits), or null. Several may share the indexed prefix. */
  async transactionByHash(hash: string): Promise<TransactionNode | null> {
    const candidates = (await this.hashPrefixes.load({ id: hashPrefixText(hash) })) ?? [];
    const found = await Promise.all(candidates.map((key) => this.transactions.load(key)));
    return found.find((transaction) => transaction?.hash === hash) ?? null;
  }

  /** A page of a transaction's operations, one more than asked for if there is one. */
  async operationsOfTransaction(transaction: HistoryKey, page: Page<string>): Promise<OperationNode[]> {
    const shape = `operations ${page.limit} ${page.backward} ${page.cursor}`;
    const batcher = this.#children.of<HistoryKey, OperationNode[]>(shape, async (keys) =>
      group(
        await operationsOfTransactions(this.#snapshot, keys, page),
        (row) => transactionOf(row.id),
        (row) => new OperationNode(row),
      ),
    );
    return (await batcher.load(transaction)) ?? [];
  }

  /** A page of a transaction's state changes. */
  async stateChangesOfTransaction(transaction: HistoryKey, page: Page<ChildCursor>): Promise<StateChangeNode[]> {
    const cursor = page.cursor === null ? "" : `${page.cursor.operationId}:${page.cursor.stateChangeId}`;
    const shape = `transaction changes ${page.limit} ${page.backward} ${cursor}`;
    const batcher = this.#children.of<HistoryKey, StateChangeNode[]>(shape, async (keys) =>
      group(
        await stateChangesOfTransactions(this.#snapshot, keys, page),
        (row) => row.to_id,
        (row) => new StateChangeNode(row),
      ),
    );
    return (await batcher.load(transaction)) ?? [];
  }

  /** A page of an operation's state changes. */
  async stateChangesOfOperation(operation: HistoryKey, page: Page<string>): Promise<StateChangeNode[]> {
    const shape = `operation changes ${page.limit} ${page.backward} ${page.cursor}`;
    const batcher = this.#children.of<HistoryKey, StateChangeNode[]>(shape, async (keys) =>
      group(
        await stateChangesOfOperations(this.#snapshot, keys, page),
        (row) => row.operation_id,
        (row) => new StateChangeNode(row),
      ),
    );
    return (await batcher.load(operation)) ?? [];
  }
}

function mapValues<From, To>(map: Map<string, From>, change: (value: From) => To): Map<string, To> {
  return new Map([...map].map(([key, value]) => [key, change(value)]));
}
