import { hash as digest } from "node:crypto";
import { WalletError } from "../../shared/errors.ts";
import { uint64, XdrError, type Words } from "../../shared/xdr/words.ts";
import {
  readLedgerCloseMetaV0,
  readLedgerCloseMetaV1,
  readLedgerCloseMetaV2,
  readLedgerHeader,
  readLedgerHeaderHistoryEntry,
  readStellarValue,
  skipLedgerCloseMeta,
} from "../../shared/xdr/xdr.generated.ts";

/** The bytes of `words` words at word offset `p`, as a view. */
export function bytesAt(bytes: Uint8Array, p: number, words: number): Uint8Array {
  return bytes.subarray(p * 4, (p + words) * 4);
}

/** The bytes of the opaque or string of any length at word offset `p`, as a view. */
export function opaqueAt(x: Words, bytes: Uint8Array, p: number): Uint8Array {
  return bytes.subarray((p + 1) * 4, (p + 1) * 4 + (x[p]! >>> 0));
}

interface Parts {
  ledgerHeader: number;
  txSet: number;
  txProcessing: number;
  upgradesProcessing: number;
  evictedKeys: number;
}

function partsOf(x: Words): Parts {
  switch (x[0]) {
    case 0:
      return { ...readLedgerCloseMetaV0(x, 1), evictedKeys: 0 };
    case 1:
      return readLedgerCloseMetaV1(x, 1);
    default:
      return readLedgerCloseMetaV2(x, 1);
  }
}

/**
 * An opened `LedgerCloseMeta`: its bytes, checked from the first to the last, and where its parts are. Offsets are word offsets
 * into `x` and valid until the ledger is closed.
 */
export class Ledger {
  readonly bytes: Uint8Array;
  readonly sequence: number;
  readonly hash: Uint8Array;
  readonly previousHash: Uint8Array;
  /** Seconds since 1970 UTC. */
  readonly closedAt: bigint;
  readonly protocolVersion: number;
  /** Stroops; as the ledger leaves it, that is after its upgrades. */
  readonly baseReserve: number;
  /** Arm of the LedgerCloseMeta union: 0, 1 or 2. */
  readonly metaVersion: number;
  /** Word range of the LedgerHeader, whose SHA-256 the hash claims to be. */
  readonly headerStart: number;
  readonly headerEnd: number;
  /** Offset: TransactionSet (meta version 0) or GeneralizedTransactionSet. */
  readonly txSet: number;
  /** Offset: TransactionResultMeta[] (versions 0 and 1) or TransactionResultMetaV1[]. */
  readonly txProcessing: number;
  /** Offset: UpgradeEntryMeta[]. */
  readonly upgradesProcessing: number;
  /** Offset: LedgerKey[], what the ledger evicted; 0 in meta version 0. */
  readonly evictedKeys: number;
  #words: Words | null;
  readonly #release: (buffer: ArrayBuffer) => void;

  /**
   * Checks every byte against the protocol's XDR; the end must be the exact end. That the hashes chain is checked where the
   * previous ledger is known: when it is written.
   * @param x the words of `bytes`
   * @param release takes the words' buffer when the ledger is closed
   * @throws XdrError
   */
  constructor(bytes: Uint8Array, x: Words, release: (buffer: ArrayBuffer) => void) {
    const end = skipLedgerCloseMeta(x, 0);
    if (end !== x.length)
      throw new XdrError(end > x.length ? "truncated LedgerCloseMeta" : "LedgerCloseMeta with trailing bytes", Math.min(end, x.length) * 4);
    const { ledgerHeader, txSet, txProcessing, upgradesProcessing, evictedKeys } = partsOf(x);
    const entry = readLedgerHeaderHistoryEntry(x, ledgerHeader);
    const header = readLedgerHeader(x, entry.header);
    this.bytes = bytes;
    this.sequence = header.ledgerSeq;
    this.hash = bytesAt(bytes, entry.hash, 8);
    this.previousHash = bytesAt(bytes, header.previousLedgerHash, 8);
    this.closedAt = uint64(x, readStellarValue(x, header.scpValue).closeTime);
    this.protocolVersion = header.ledgerVersion;
    this.baseReserve = header.baseReserve;
    this.metaVersion = x[0]!;
    this.headerStart = entry.header;
    this.headerEnd = entry.ext;
    this.txSet = txSet;
    this.txProcessing = txProcessing;
    this.upgradesProcessing = upgradesProcessing;
    this.evictedKeys = evictedKeys;
    this.#words = x;
    this.#release = release;
  }

  /** @throws Error when the ledger is closed */
  get x(): Words {
    if (this.#words === null) throw new Error(`ledger ${this.sequence} is closed: its offsets point nowhere`);
    return this.#words;
  }

  /**
   * Gives the words back; bytes and views of them stay as they are. Words that somebody still holds are empty from now on, so
   * that an offset cannot be read in another ledger by mistake. May be called twice.
   */
  close(): void {
    const words = this.#words;
    this.#words = null;
    if (words) this.#release(words.buffer.transfer());
  }
}

/** Is the ledger's hash the SHA-256 of its header? Hand-made ledgers have no true hashes; every ledger of a network has one. */
export function hasTrueHash(ledger: Ledger): boolean {
  return digest("sha256", bytesAt(ledger.bytes, ledger.headerStart, ledger.headerEnd - ledger.headerStart), "buffer").equals(ledger.hash);
}

/** The error for a ledger that has no true hash. */
export function wrongHash(ledger: number): WalletError {
  return new WalletError(
    "LEDGER_CORRUPT",
    `Ledger ${ledger} does not have the hash of its header: it was damaged on its way. Fetch the ledger again.`,
    { ledger },
  );
}
