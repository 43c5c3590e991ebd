import type { Address } from "../../shared/xdr/address.ts";
import { TOKEN_EVENTS_BASE } from "../../shared/columns/history/payload-format.ts";
import type { StateChangeCategory, StateChangeReason } from "../../shared/columns/state-change-kinds.ts";
import type { StateChangeRow } from "./rows.ts";

/** First id before each stream's ordinals. Frozen: ids are part of public cursors. */
export const STREAM_BASE = {
  tokenTransfer: 0,
  effects: 2 ** 28,
  contractDeploy: 2 * 2 ** 28,
  sacEvents: 3 * 2 ** 28,
  tokenEvents: TOKEN_EVENTS_BASE,
} as const;

/**
 * Collects the state changes of a ledger and numbers them: 1, 2, … in order of emission within one operation and stream.
 */
export class StateChanges {
  readonly rows: StateChangeRow[] = [];
  #transaction = 0;
  #operation = 0;
  #nextId = 0;

  /**
   * Starts the rows of one operation in one stream.
   * @param transaction low half of the transaction's TOID
   * @param operation low half of the operation's TOID; 0 for the fee row
   * @param base one of STREAM_BASE
   */
  begin(transaction: number, operation: number, base: number): void {
    this.#transaction = transaction;
    this.#operation = operation;
    this.#nextId = base + 1;
  }

  /** Adds a row of a kind that exists, with all other members null; the caller sets those that apply. */
  add<Category extends StateChangeCategory>(category: Category, reason: StateChangeReason<Category>, account: Address): StateChangeRow {
    const row: StateChangeRow = {
      transaction: this.#transaction,
      operation: this.#operation,
      stateChangeId: this.#nextId++,
      category,
      reason,
      account,
      tokenId: null,
      amount: null,
      counterparty: null,
      signer: null,
      spender: null,
      creator: null,
      destination: null,
      liquidityPoolId: null,
      signerWeightOld: null,
      signerWeightNew: null,
      threshold: null,
      thresholdOld: null,
      thresholdNew: null,
      trustlineLimitOld: null,
      trustlineLimitNew: null,
      flags: null,
      dataEntryName: null,
      keyValue: null,
      toMuxedId: null,
    };
    this.rows.push(row);
    return row;
  }

  /**
   * A BALANCE row.
   * @param amount the raw integer in the token's smallest unit, decimal
   * @param counterparty who was on the other side; null: nobody
   */
  balance(
    reason: StateChangeReason<"BALANCE">,
    account: Address,
    token: Address,
    amount: string,
    counterparty: Address | null,
  ): StateChangeRow {
    const row = this.add("BALANCE", reason, account);
    row.tokenId = token;
    row.amount = amount;
    row.counterparty = counterparty;
    return row;
  }
}
