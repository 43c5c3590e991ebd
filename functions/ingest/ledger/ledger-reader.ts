import { AddressTable } from "../../shared/xdr/address-table.ts";
import { Ledger } from "./ledger.ts";
import { unreadableLedger } from "./unreadable-ledger.ts";
import { copyWords, Words, XdrError } from "../../shared/xdr/words.ts";

/** Buffers kept for later ledgers. One is in use as a rule, two while a ledger is opened before the last one is closed. */
const MAX_SPARE = 2;
/** A buffer for the next ledger as well, which may be a little longer. */
const HEADROOM = 1.5;

/**
 * Opens ledgers, any number of them at once. It owns the buffers that their words live in, since touching fresh memory costs
 * more than the copy: whoever closes ledgers gets used ones. It owns the table of their addresses too, so equal addresses of
 * its ledgers are the same object, as long as `Words.addresses` is the same table.
 */
export class LedgerReader {
  /** The largest ledger that sources may hand over. */
  readonly maxBytes: number;
  #addresses = new AddressTable();
  readonly #spare: ArrayBuffer[] = [];
  readonly #release = (buffer: ArrayBuffer): void => {
    if (this.#spare.length < MAX_SPARE) this.#spare.push(buffer);
  };

  /** @param maxBytes for sources, which tell where a larger ledger is from; no limit by default */
  constructor(maxBytes = Infinity) {
    this.maxBytes = maxBytes;
  }

  /**
   * Opens one ledger: every byte is checked.
   * @param bytes one XDR `LedgerCloseMeta`; the ledger holds views of it
   * @throws WalletError PROTOCOL_UNSUPPORTED or LEDGER_CORRUPT with type and byte offset
   */
  open(bytes: Uint8Array): Ledger {
    const length = bytes.length >>> 2;
    const buffer = this.#take(length * 8);
    try {
      copyWords(bytes, buffer);
      // The second half remembers where values end.
      const ends = new Int32Array(buffer, buffer.byteLength >>> 1, length).fill(0);
      if (this.#addresses.isFull) this.#addresses = new AddressTable();
      return new Ledger(bytes, new Words(buffer, length, ends, this.#addresses), this.#release);
    } catch (error) {
      this.#release(buffer.transfer());
      if (!(error instanceof XdrError)) throw error;
      throw unreadableLedger(bytes, error);
    }
  }

  /** A buffer of at least so many bytes, in a multiple of 8. */
  #take(bytes: number): ArrayBuffer {
    const spare = this.#spare.pop();
    return spare && spare.byteLength >= bytes ? spare : new ArrayBuffer(Math.ceil((bytes * HEADROOM) / 8) * 8);
  }
}
