import type { Snapshot } from "../database/snapshot.ts";
import type { TransactionNode } from "../nodes/transaction.ts";
import { type ContractAt, tokensByCode } from "../queries/token-code.ts";
import type { Budget } from "./budget.ts";

/** Contracts whose code is looked up that cost as much as one row: a few index entries each, and pages name the same ones over and over. */
const CONTRACTS_A_ROW = 8;

/**
 * Shows the state changes that contracts' events tell of where the contract was a token: ingest stores those of every contract, since it
 * does not know what its code is. What one request has asked for it does not ask again.
 */
export class TokenEvents {
  readonly #snapshot: Snapshot;
  readonly #budget: Budget;
  /** By contract and ledger. */
  readonly #isToken = new Map<string, boolean>();

  constructor(snapshot: Snapshot, budget: Budget) {
    this.#snapshot = snapshot;
    this.#budget = budget;
  }

  /** One statement for all of them; none where no transaction has such changes. */
  async show(transactions: readonly TransactionNode[]): Promise<void> {
    const nodes = transactions.filter(({ eventTokens }) => eventTokens.size > 0);
    if (nodes.length === 0) return;
    await this.#ask(
      nodes.flatMap(({ eventTokens, ledgerNumber: ledger }) => Array.from(eventTokens, (contract) => ({ contract, ledger }))),
    );
    for (const node of nodes)
      node.showTokens([...node.eventTokens].filter((contract) => this.#isToken.get(keyOf({ contract, ledger: node.ledgerNumber }))));
  }

  async #ask(contracts: readonly ContractAt[]): Promise<void> {
    const unknown = new Map(contracts.map((each) => [keyOf(each), each] as const).filter(([key]) => !this.#isToken.has(key)));
    if (unknown.size === 0) return;
    this.#budget.read(Math.ceil(unknown.size / CONTRACTS_A_ROW));
    const asked = [...unknown.values()];
    const tokens = new Set(await tokensByCode(this.#snapshot, asked));
    asked.forEach((each, at) => this.#isToken.set(keyOf(each), tokens.has(at + 1)));
  }
}

function keyOf({ contract, ledger }: ContractAt): string {
  return `${contract} ${ledger}`;
}
