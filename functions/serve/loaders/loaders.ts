import { hash as digest } from "node:crypto";
import { byteaBytes, byteaText } from "../../shared/columns/bytea.ts";
import { nativeContract } from "../../shared/columns/contract-id.ts";
import { hashPrefixText } from "../../shared/columns/hash-prefix.ts";
import { Payload } from "../../shared/columns/history/payload-decoder.ts";
import type { Snapshot } from "../database/snapshot.ts";
import { type NodeNetwork, TransactionNode } from "../nodes/transaction.ts";
import { type ClaimableBalanceRow, claimableBalancesById } from "../queries/claimable-balances.ts";
import type { HistoryKey } from "../queries/days.ts";
import { ledgersClosedAt } from "../queries/ledgers.ts";
import { transactionsByHashPrefix } from "../queries/transaction-hashes.ts";
import { type TransactionRow, transactionByKey, transactionsByKey } from "../queries/transactions.ts";
import type { HistoryBounds } from "./account-history.ts";
import { AccountLoaders } from "./account-loaders.ts";
import { Batcher, group } from "./batcher.ts";
import type { Budget } from "./budget.ts";
import { LedgerLoaders } from "./ledger-loaders.ts";
import { TokenEvents } from "./token-events.ts";
import { TokenLoaders } from "./token-loaders.ts";
import { RecordLoaders } from "./record-loaders.ts";

/** What of the history cannot be read: a transaction, or the link that tells what an account has in a ledger. */
type UnreadableHistory = { transactionId: string } | { ledger: number };

/** What loading needs to know of a request besides its snapshot. */
export interface LoadersOptions {
  /** Of the network whose rows the snapshot sees: asset contracts depend on it. */
  networkPassphrase: () => Promise<string>;
  /** Charged with everything that is read, before it is. */
  budget: Budget;
  /** Told of a part of the history that cannot be read; the rest goes on without it. */
  reportUnreadable: (part: UnreadableHistory, error: unknown) => void;
  /** What one page of an account's history may cost; absent: the usual bounds. */
  historyBounds?: HistoryBounds;
}

/** Transactions of one statement: their payloads are in memory before they can be charged. */
const MAX_TRANSACTIONS = 128;

/** What one request loads in batches: a statement per shape and tick, however many rows ask. */
export class Loaders {
  readonly #options: LoadersOptions;
  /** Transactions by id, each with all that belongs to it. One that cannot be read is reported and absent. */
  readonly transactions: Batcher<HistoryKey, TransactionNode>;
  /** Transactions that share the first 8 bytes of their hash, by that prefix. */
  readonly hashPrefixes: Batcher<{ id: string }, HistoryKey[]>;
  /** Close times by ledger sequence. */
  readonly closeTimes: Batcher<{ id: string }, string>;
  /** Claimable balances by id, text of bytea. */
  readonly claimableBalances: Batcher<{ id: string }, ClaimableBalanceRow>;
  readonly accounts: AccountLoaders;
  readonly ledgers: LedgerLoaders;
  readonly tokens: TokenLoaders;
  readonly records: RecordLoaders;

  constructor(snapshot: Snapshot, options: LoadersOptions) {
    this.#options = options;
    const { budget } = options;
    const tokenEvents = new TokenEvents(snapshot, budget);
    this.transactions = new Batcher(async (keys) => {
      budget.read(keys.length);
      const nodes = new Map<string, TransactionNode>();
      for (let at = 0; at < keys.length; at += MAX_TRANSACTIONS) {
        const some = at === 0 && keys.length <= MAX_TRANSACTIONS ? keys : keys.slice(at, at + MAX_TRANSACTIONS);
        const rows = await transactionsOf(snapshot, some);
        const added = this.#nodesOf(rows, networkOf(await this.networkPassphrase()));
        await tokenEvents.show(added);
        for (const node of added) nodes.set(node.toId, node);
      }
      return nodes;
    });
    this.hashPrefixes = new Batcher(async (keys) => {
      budget.read(keys.length);
      return group(
        await transactionsByHashPrefix(
          snapshot,
          keys.map((key) => key.id),
        ),
        (row) => row.prefix,
        ({ id, time }) => ({ id, time }),
      );
    });
    this.closeTimes = new Batcher(async (keys) => {
      budget.read(keys.length);
      const sequences = keys.map((key) => key.id);
      return new Map((await ledgersClosedAt(snapshot, sequences)).map((row) => [String(row.sequence), row.closed_at]));
    });
    this.claimableBalances = new Batcher(async (keys) => {
      budget.read(keys.length);
      const rows = await claimableBalancesById(
        snapshot,
        keys.map((key) => key.id),
      );
      budget.readBytes(rows.reduce((sum, { claimants }) => sum + bytesOfText(claimants), 0));
      return new Map(rows.map((row) => [row.balance_id, row]));
    });
    this.accounts = new AccountLoaders(snapshot, this, options);
    this.ledgers = new LedgerLoaders(snapshot, budget);
    this.tokens = new TokenLoaders(snapshot, budget);
    this.records = new RecordLoaders(snapshot, budget);
  }

  /**
   * The transaction of a hash (64 lower-case hex digits), or null: its own, or that of a fee bump's inner transaction. Several may share the
   * indexed prefix. An inner transaction that was applied more than once, in other fee bumps or by itself, stands for the one whose own hash
   * it is, else for the last that succeeded, else for the last.
   */
  async transactionByHash(hash: string): Promise<TransactionNode | null> {
    const candidates = (await this.hashPrefixes.load({ id: hashPrefixText(hash) })) ?? [];
    const loaded = await Promise.all(candidates.map((key) => this.transactions.load(key)));
    const found = loaded.filter((node) => node !== undefined);
    const own = found.find((node) => node.hash === hash);
    if (own !== undefined) return own;
    const bumps = found.filter(({ innerHash }) => innerHash === hash).sort((a, b) => (BigInt(a.toId) < BigInt(b.toId) ? 1 : -1));
    return bumps.find(({ successful }) => successful) ?? bumps[0] ?? null;
  }

  /** The passphrase of the network whose rows the snapshot sees. */
  networkPassphrase(): Promise<string> {
    return this.#options.networkPassphrase();
  }

  #nodesOf(rows: readonly TransactionRow[], network: NodeNetwork): TransactionNode[] {
    this.#options.budget.readBytes(rows.reduce((sum, { payload }) => sum + bytesOfText(payload), 0));
    const nodes: TransactionNode[] = [];
    for (const row of rows) {
      const report = (error: unknown): void => this.#options.reportUnreadable({ transactionId: row.to_id }, error);
      try {
        nodes.push(new TransactionNode(row, new Payload(byteaBytes(row.payload), network.native), network, report));
      } catch (error) {
        report(error);
      }
    }
    return nodes;
  }
}

async function transactionsOf(snapshot: Snapshot, keys: readonly HistoryKey[]): Promise<readonly TransactionRow[]> {
  if (keys.length > 1) return transactionsByKey(snapshot, keys);
  const row = await transactionByKey(snapshot, keys[0]!);
  return row === null ? [] : [row];
}

/** The bytes of a bytea's text. */
export function bytesOfText(text: string): number {
  return (text.length - 2) / 2;
}

let last: { passphrase: string; network: NodeNetwork } | null = null;

/** Remembered, since a process has one network. */
function networkOf(passphrase: string): NodeNetwork {
  if (last?.passphrase !== passphrase) {
    const network = { id: digest("sha256", passphrase, "buffer"), native: byteaText(nativeContract(passphrase)) };
    last = { passphrase, network };
  }
  return last.network;
}
