import { hash as digest } from "node:crypto";
import { WalletError } from "../../shared/errors.ts";
import { rememberEnds, resetDepth, toWords, uint64, XdrError, type Words } from "./words.ts";
import {
  readLedgerCloseMetaV0,
  readLedgerCloseMetaV1,
  readLedgerCloseMetaV2,
  readLedgerHeader,
  readLedgerHeaderHistoryEntry,
  readStellarValue,
  skipLedgerCloseMeta,
} from "./xdr.generated.ts";

/**
 * An opened `LedgerCloseMeta`: its bytes, checked from the first to the last, and where its parts are. Offsets are word
 * offsets into `x` and valid until the next ledger is opened.
 */
export interface Ledger {
  bytes: Uint8Array;
  x: Words;
  sequence: number;
  hash: Uint8Array;
  previousHash: Uint8Array;
  /** Seconds since 1970 UTC. */
  closedAt: bigint;
  protocolVersion: number;
  /** Stroops. */
  baseReserve: number;
  /** Arm of the LedgerCloseMeta union: 0, 1 or 2. */
  metaVersion: number;
  /** Word range of the LedgerHeader, whose SHA-256 the hash claims to be. */
  headerStart: number;
  headerEnd: number;
  /** Offset: TransactionSet (meta version 0) or GeneralizedTransactionSet. */
  txSet: number;
  /** Offset: TransactionResultMeta[] (versions 0 and 1) or TransactionResultMetaV1[]. */
  txProcessing: number;
}

/** The bytes of `words` words at word offset `p`, as a view. */
export function bytesAt(bytes: Uint8Array, p: number, words: number): Uint8Array {
  return bytes.subarray(p * 4, (p + words) * 4);
}

function opened(x: Words): { ledgerHeader: number; txSet: number; txProcessing: number } {
  switch (x[0]) {
    case 0:
      return readLedgerCloseMetaV0(x, 1);
    case 1:
      return readLedgerCloseMetaV1(x, 1);
    default:
      return readLedgerCloseMetaV2(x, 1);
  }
}

/**
 * Opens one ledger: every byte is checked against the protocol's XDR, and the end must be the exact end. That the hashes
 * chain is checked where the previous ledger is known: when it is written.
 * @param bytes one XDR `LedgerCloseMeta`
 * @throws WalletError LEDGER_CORRUPT with type and byte offset
 */
export function openLedger(bytes: Uint8Array): Ledger {
  let x: Words;
  try {
    x = toWords(bytes);
    resetDepth();
    rememberEnds(x);
    const end = skipLedgerCloseMeta(x, 0);
    if (end !== x.length)
      throw new XdrError(end > x.length ? "truncated LedgerCloseMeta" : "LedgerCloseMeta with trailing bytes", Math.min(end, x.length) * 4);
  } catch (error) {
    if (!(error instanceof XdrError)) throw error;
    throw new WalletError(
      "LEDGER_CORRUPT",
      `The bytes are no valid ledger: ${error.message}. Fetch the ledger again.`,
      { type: error.type, offset: error.offset },
      { cause: error },
    );
  }
  const { ledgerHeader, txSet, txProcessing } = opened(x);
  const entry = readLedgerHeaderHistoryEntry(x, ledgerHeader);
  const header = readLedgerHeader(x, entry.header);
  const value = readStellarValue(x, header.scpValue);
  return {
    bytes,
    x,
    sequence: header.ledgerSeq,
    hash: bytesAt(bytes, entry.hash, 8),
    previousHash: bytesAt(bytes, header.previousLedgerHash, 8),
    closedAt: uint64(x, value.closeTime),
    protocolVersion: header.ledgerVersion,
    baseReserve: header.baseReserve,
    metaVersion: x[0]!,
    headerStart: entry.header,
    headerEnd: entry.ext,
    txSet,
    txProcessing,
  };
}

/** Is the ledger's hash the SHA-256 of its header? Hand-made ledgers have no true hashes; every ledger of a network has one. */
export function hasTrueHash(ledger: Ledger): boolean {
  return digest("sha256", bytesAt(ledger.bytes, ledger.headerStart, ledger.headerEnd - ledger.headerStart), "buffer").equals(ledger.hash);
}
