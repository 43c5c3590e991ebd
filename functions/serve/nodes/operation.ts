import { byteaBytes } from "../../shared/columns/bytea.ts";
import type { OperationRow } from "../queries/operations.ts";
import { formatTime } from "../values/time.ts";

/** An `Operation` on its way to the response. */
export class OperationNode {
  readonly #row: OperationRow;

  constructor(row: OperationRow) {
    this.#row = row;
  }
  get id(): string {
    return this.#row.id;
  }
  /** Close time as the database writes it. */
  get closedAt(): string {
    return this.#row.ledger_created_at;
  }
  /** The participants, text form of `bytea[]`. */
  get participants(): string {
    return this.#row.accounts;
  }
  get type(): string {
    return this.#row.operation_type;
  }
  get operationXdr(): string {
    return byteaBytes(this.#row.operation_xdr).toString("base64");
  }
  get resultCode(): string {
    return this.#row.result_code;
  }
  get successful(): boolean {
    return this.#row.successful;
  }
  get ledgerNumber(): number {
    return this.#row.ledger_number;
  }
  get ledgerCreatedAt(): string {
    return formatTime(this.#row.ledger_created_at);
  }
  get ingestedAt(): string {
    return formatTime(this.#row.ingested_at);
  }
}
