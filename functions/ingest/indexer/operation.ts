import { operationToid } from "../../shared/columns/toid.ts";
import type { Address } from "../../shared/xdr/address.ts";
import { muxedAsWritten, muxedToAccount } from "../../shared/xdr/addresses.ts";
import { pairChanges, sortedByKey, type Change } from "../ledger/changes.ts";
import type { ContractIds } from "../ledger/contract-ids.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { LedgerTransaction } from "../ledger/transactions.ts";
import type { Words } from "../../shared/xdr/words.ts";
import { type ContractEvent, contractEventAt } from "./contract-events.ts";

/** What every family of the indexer needs to know of the ledger at hand. */
export interface LedgerContext {
  ledger: Ledger;
  x: Words;
  ids: ContractIds;
  /** SHA-256 of the network passphrase. */
  networkId: Buffer;
}

/** One operation of an applied transaction. Offsets are word offsets. */
export interface LedgerOperation {
  tx: LedgerTransaction;
  /** 0-based. */
  index: number;
  /** Low half of the TOID. */
  toid: number;
  /** OperationType. */
  type: number;
  /** Offset: the `Operation`. */
  start: number;
  /** Offset: the arm of the operation's body. */
  body: number;
  /** Effective source account as `G…`. */
  source: Address;
  /** Effective source account as written: `M…` when muxed. */
  sourceAsWritten: Address;
  /** Offset: the type's own result (its code, then its payload) where the operation was tried; else 0. */
  result: number;
  /** Entry changes in ledger order; empty for failed transactions. */
  changes: Change[];
  /** The same, in the byte order of their keys; first-match rules go by it. */
  sortedChanges: Change[];
  /** Offsets of its ContractEvents. */
  events: number[];
  /** Those of contracts' own with a symbol first, in their order. */
  contractEvents: readonly ContractEvent[];
}

class Operation implements LedgerOperation {
  readonly tx: LedgerTransaction;
  readonly index: number;
  readonly toid: number;
  readonly type: number;
  readonly start: number;
  readonly body: number;
  readonly source: Address;
  readonly sourceAsWritten: Address;
  readonly result: number;
  readonly #x: Words;
  #changes: Change[] | null = null;
  #sorted: Change[] | null = null;
  #events: number[] | null = null;
  #contractEvents: ContractEvent[] | null = null;

  constructor(x: Words, tx: LedgerTransaction, index: number) {
    const { envelope } = tx;
    const start = envelope.operations[index]!;
    const hasSource = x[start] === 1;
    const body = hasSource ? (x[start + 1] === 0 ? start + 10 : start + 12) : start + 1;
    const result = tx.operationResults?.[index] ?? 0;
    this.#x = x;
    this.tx = tx;
    this.index = index;
    this.toid = operationToid(tx.index, index);
    this.type = x[body]!;
    this.start = start;
    this.body = body + 1;
    this.source = hasSource ? muxedToAccount(x, start + 1) : envelope.source;
    this.sourceAsWritten = hasSource ? muxedAsWritten(x, start + 1) : envelope.sourceAsWritten;
    this.result = result !== 0 && x[result] === 0 ? result + 2 : 0;
  }

  get changes(): Change[] {
    const at = this.tx.operationChanges[this.index];
    return (this.#changes ??= at === undefined ? [] : pairChanges(this.#x, at));
  }

  get sortedChanges(): Change[] {
    return (this.#sorted ??= sortedByKey(this.#x, this.changes));
  }

  get events(): number[] {
    return (this.#events ??= this.tx.events(this.index));
  }

  get contractEvents(): readonly ContractEvent[] {
    return (this.#contractEvents ??= this.events.map((p) => contractEventAt(this.#x, p)).filter((event) => event !== null));
  }
}

/** Operation `index` (0-based) of a transaction. */
export function operationOf(x: Words, tx: LedgerTransaction, index: number): LedgerOperation {
  return new Operation(x, tx, index);
}
