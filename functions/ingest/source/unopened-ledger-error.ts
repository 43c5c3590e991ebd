import { WalletError, type ErrorCode } from "../../shared/errors.ts";

/**
 * A ledger that its source gave whole, but that cannot be opened: LEDGER_CORRUPT, or PROTOCOL_UNSUPPORTED where it is newer than this
 * version; with what is recorded of it.
 */
export class UnopenedLedgerError extends WalletError {
  /** The ledger's raw bytes. */
  readonly bytes: Uint8Array;
  /** Its sequence, as far as its source knows it. */
  readonly sequence: number | null;

  constructor(
    code: ErrorCode,
    bytes: Uint8Array,
    sequence: number | null,
    message: string,
    details: Record<string, string | number | null>,
    options?: ErrorOptions,
  ) {
    super(code, message, details, options);
    this.bytes = bytes;
    this.sequence = sequence;
  }
}
