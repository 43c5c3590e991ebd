import type { AddressColumn, DecodedOperation } from "../../shared/columns/history/payload-decoder.ts";
import { operationId } from "../../shared/columns/toid.ts";
import type { Details } from "../operations/body.ts";
import type { TransactionNode } from "./transaction.ts";

/** An `Operation` on its way to the response. */
export class OperationNode {
  readonly parent: TransactionNode;
  /** Its place in the transaction, from 1. */
  readonly place: number;
  readonly #operation: DecodedOperation;
  #details: Details | null = null;

  constructor(parent: TransactionNode, place: number, operation: DecodedOperation) {
    this.parent = parent;
    this.place = place;
    this.#operation = operation;
  }
  get id(): string {
    return operationId(this.parent.toId, this.place);
  }
  /** Close time as the database writes it. */
  get closedAt(): string {
    return this.parent.closedAt;
  }
  /** The participants' addresses, ascending by bytes. */
  get participants(): readonly AddressColumn[] {
    return this.#operation.accounts;
  }
  get type(): string {
    return this.#operation.operationType;
  }
  /** Its XDR. */
  get operationBytes(): Buffer {
    return this.#operation.operationXdr;
  }
  get operationXdr(): string {
    return this.#operation.operationXdr.toString("base64");
  }
  /** From 0. */
  get index(): number {
    return this.place - 1;
  }
  /** @throws XdrError when it is stored damaged, which is reported */
  get sourceAddress(): string {
    return this.parent.sourceAddressOf(this.#operation.operationXdr);
  }
  /** Read once, however often it is asked for. @throws XdrError when this code cannot read it */
  get details(): Details {
    return (this.#details ??= this.parent.operationReader.details(this.place, this.#operation.operationXdr));
  }
  get resultCode(): string {
    return this.#operation.resultCode;
  }
  get successful(): boolean {
    return this.#operation.successful;
  }
  get ledgerNumber(): number {
    return this.parent.ledgerNumber;
  }
  get ledgerCreatedAt(): string {
    return this.parent.ledgerCreatedAt;
  }
  get ingestedAt(): string {
    return this.parent.ingestedAt;
  }
}
