import type { AddressColumn, DecodedStateChange, Payload } from "../../shared/columns/history/payload-decoder.ts";
import { isToldByEvents } from "../../shared/columns/history/payload-format.ts";
import { ledgerOf } from "../../shared/columns/toid.ts";
import { isSuccessful } from "../../shared/columns/transaction-result.ts";
import { byteaHex } from "../../shared/columns/bytea.ts";
import type { TransactionRow } from "../queries/transactions.ts";
import type { AccountKey } from "../values/addresses.ts";
import { Envelope } from "./envelope.ts";
import type { MemoNode } from "./memo.ts";
import type { PreconditionsNode } from "./preconditions.ts";
import { formatTime } from "../values/time.ts";
import { TransactionOperations } from "../operations/transaction-operations.ts";
import { OperationNode } from "./operation.ts";
import { StateChangeNode } from "./state-change.ts";

/** What of the network the nodes depend on. */
export interface NodeNetwork {
  /** SHA-256 of the passphrase. */
  readonly id: Uint8Array;
  /** The contract of XLM, as the text of an address column. */
  readonly native: AddressColumn;
}

const NO_TOKENS: ReadonlySet<AddressColumn> = new Set();

/**
 * A `Transaction` on its way to the response, with everything that belongs to it: each part is decoded once, when first asked for. A part
 * that is damaged is reported and empty, so that the rest of a page can be shown. State changes that contracts' events tell of are there once
 * `showTokens` has named the contract, and not before.
 */
export class TransactionNode {
  readonly #row: TransactionRow;
  readonly #payload: Payload;
  readonly #network: NodeNetwork;
  readonly #report: (error: unknown) => void;
  #envelope: Envelope | null = null;
  #operationReader: TransactionOperations | null = null;
  #operations: OperationNode[] | null = null;
  #changes: DecodedStateChange[] | null = null;
  #eventTokens: ReadonlySet<AddressColumn> | null = null;
  #shownTokens = NO_TOKENS;
  #stateChanges: StateChangeNode[] | null = null;
  #lastMovements: Map<number, number> | null = null;

  /** @param report is told of a damaged part */
  constructor(row: TransactionRow, payload: Payload, network: NodeNetwork, report: (error: unknown) => void) {
    this.#row = row;
    this.#payload = payload;
    this.#network = network;
    this.#report = report;
  }

  /** Size of what is stored of it. */
  get payloadBytes(): number {
    return (this.#row.payload.length - 2) / 2;
  }
  get toId(): string {
    return this.#row.to_id;
  }
  get id(): string {
    return this.#row.to_id;
  }
  /** Close time as the database writes it. */
  get closedAt(): string {
    return this.#row.ledger_created_at;
  }
  get hash(): string {
    return byteaHex(this.#row.hash);
  }
  get feeCharged(): string {
    return this.#payload.feeCharged.toString();
  }
  get resultCode(): string {
    return this.#payload.resultCode;
  }
  get successful(): boolean {
    return isSuccessful(this.#payload.resultCode);
  }
  get ledgerNumber(): number {
    return ledgerOf(this.#row.to_id) ?? 0;
  }
  get ledgerCreatedAt(): string {
    return formatTime(this.#row.ledger_created_at);
  }
  get isFeeBump(): boolean {
    return this.#payload.envelopeType === "feeBump";
  }
  get ingestedAt(): string {
    return formatTime(this.#row.ingested_at);
  }

  /** The members up to `envelopeXdr` throw when the envelope is stored damaged, which is reported. */
  get memo(): MemoNode {
    return this.#ofEnvelope(({ memo }) => memo);
  }
  /** Is the memo as it should be? One that is stored damaged is not, which is reported. */
  hasMemo(isWanted: (memo: MemoNode) => boolean): boolean {
    return this.#read(() => (isWanted(this.memo) ? [true] : [])).length > 0;
  }
  get sourceAddress(): string {
    return this.#ofEnvelope(({ sourceAddress }) => sourceAddress);
  }
  get feeAddress(): string {
    return this.#ofEnvelope(({ feeAddress }) => feeAddress);
  }
  get sequence(): string {
    return this.#ofEnvelope(({ sequence }) => sequence);
  }
  get maxFee(): string {
    return this.#ofEnvelope(({ maxFee }) => maxFee);
  }
  get operationCount(): number {
    return this.#ofEnvelope(({ operationCount }) => operationCount);
  }
  get innerHash(): string | null {
    return this.#ofEnvelope((envelope) => envelope.innerHash(this.#network.id));
  }
  get preconditions(): PreconditionsNode | null {
    return this.#ofEnvelope(({ preconditions }) => preconditions);
  }
  get envelopeXdr(): string | null {
    return this.#ofEnvelope(({ xdr }) => xdr?.toString("base64") ?? null);
  }

  /** The participants' addresses, ascending by bytes (D9). */
  get participants(): readonly AddressColumn[] {
    return this.#read(() => this.#payload.accounts);
  }
  hasParticipant({ bytes }: AccountKey): boolean {
    return this.#read(() => (this.#payload.hasParticipant(bytes) ? [true] : [])).length > 0;
  }

  /** Source of one of its operations: the operation's own, else its own. @throws XdrError when it is stored damaged, which is reported */
  sourceAddressOf(operation: Buffer): string {
    return this.#ofEnvelope(() => this.operationReader.sourceAddress(operation));
  }
  /** Reads what its operations say. */
  get operationReader(): TransactionOperations {
    return (this.#operationReader ??= new TransactionOperations(this, this.#payload, this.#network.id));
  }

  /** All operations, in their order. */
  get operationNodes(): readonly OperationNode[] {
    return (this.#operations ??= this.#read(() =>
      this.#payload.operations().map((operation, at) => new OperationNode(this, at + 1, operation)),
    ));
  }

  /** The contracts whose events tell of state changes; of nearly all transactions none. */
  get eventTokens(): ReadonlySet<AddressColumn> {
    if (!this.#payload.hasTokenEvents) return NO_TOKENS;
    return (this.#eventTokens ??= new Set(
      this.#allChanges()
        .filter(isToldByEvents)
        .flatMap(({ tokenId }) => tokenId ?? []),
    ));
  }

  /** Shows the state changes that the events of these contracts tell of. Call it before anything asks for state changes. */
  showTokens(tokens: Iterable<AddressColumn>): void {
    this.#shownTokens = new Set(tokens);
  }

  /** All state changes, by operation and id. */
  get stateChangeNodes(): readonly StateChangeNode[] {
    return (this.#stateChanges ??= this.#nodes(() => this.#allChanges()));
  }

  /** The id of each operation's last balance change with a counterparty, by the operation's place. */
  get lastMovements(): ReadonlyMap<number, number> {
    return (this.#lastMovements ??= new Map(
      this.stateChangeNodes
        .filter(({ counterpartyColumn }) => counterpartyColumn !== null)
        .map(({ operationPlace, stateChangeId }) => [operationPlace, stateChangeId]),
    ));
  }

  /** The operations that an account takes part in, in their order. */
  operationsOf({ bytes, column }: AccountKey): OperationNode[] {
    if (this.#operations !== null) return this.#operations.filter(({ participants }) => participants.includes(column));
    return this.#read(() => this.#payload.operationsOf(bytes).map(({ place, operation }) => new OperationNode(this, place, operation)));
  }

  /** The state changes of an account, by operation and id. */
  stateChangesOf({ bytes, column }: AccountKey): StateChangeNode[] {
    if (this.#stateChanges !== null) return this.#stateChanges.filter((node) => node.accountColumn === column);
    const all = this.#changes;
    return this.#nodes(() => (all === null ? this.#payload.stateChangesOf(bytes) : all.filter(({ account }) => account === column)));
  }

  /** With what is not shown. */
  #allChanges(): DecodedStateChange[] {
    return (this.#changes ??= this.#read(() => this.#payload.stateChanges()));
  }

  #nodes(changes: () => DecodedStateChange[]): StateChangeNode[] {
    return this.#read(() =>
      changes()
        .filter((change) => !isToldByEvents(change) || (change.tokenId !== null && this.#shownTokens.has(change.tokenId)))
        .map((change) => new StateChangeNode(this, change)),
    );
  }

  #ofEnvelope<Part>(read: (envelope: Envelope) => Part): Part {
    try {
      return read((this.#envelope ??= new Envelope(this.#payload)));
    } catch (error) {
      this.#report(error);
      throw error;
    }
  }

  #read<Part>(read: () => Part[]): Part[] {
    try {
      return read();
    } catch (error) {
      this.#report(error);
      return [];
    }
  }
}
