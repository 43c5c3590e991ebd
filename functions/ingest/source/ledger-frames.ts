import { NEWEST_PROTOCOL } from "../ledger/protocol.ts";
import { provenHeader } from "../ledger/proven-header.ts";
import { XdrError } from "../../shared/xdr/words.ts";
import { wordsOf } from "../../shared/xdr/words-of.ts";
import {
  readLedgerHeader,
  readLedgerHeaderHistoryEntry,
  skipLedgerCloseMeta,
  skipLedgerCloseMetaExt,
} from "../../shared/xdr/xdr.generated.ts";

/** No header is longer: a value has at most 6 upgrades of 128 bytes. */
const HEADER_BYTES = 4096;
const LAST_FRAGMENT = 0x80000000;

/** The ledger sequence in the header of an XDR `LedgerCloseMeta`, without a look at the rest. @throws XdrError */
export function peekSequence(bytes: Uint8Array): number {
  const x = wordsOf(bytes.subarray(0, Math.min(HEADER_BYTES, bytes.length & ~3)));
  const version = x[0];
  if (version !== 0 && version !== 1 && version !== 2) {
    const sequence = provenHeader(bytes, NEWEST_PROTOCOL)?.sequence ?? null;
    if (sequence === null) throw new XdrError("LedgerCloseMeta", 0);
    return sequence;
  }
  const header = version === 0 ? 1 : skipLedgerCloseMetaExt(x, 1);
  const sequence = readLedgerHeader(x, readLedgerHeaderHistoryEntry(x, header).header).ledgerSeq;
  if (!(sequence > 0)) throw new XdrError("LedgerHeader", 0);
  return sequence;
}

function* framed(bytes: Uint8Array, view: DataView): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length;) {
    if (at + 4 > bytes.length) throw new XdrError("truncated record mark", at);
    const mark = view.getUint32(at);
    const end = at + 4 + (mark & 0x7fffffff);
    if (mark < LAST_FRAGMENT) throw new XdrError("record mark", at);
    if (end > bytes.length) throw new XdrError("truncated record", bytes.length);
    yield bytes.subarray(at + 4, end);
    at = end;
  }
}

/**
 * Where the first `count` ledgers of a batch end, in bytes, as far as they can be read. At once, since each look at the bytes as
 * words copies them all.
 */
function ends(bytes: Uint8Array, start: number, count: number): number[] {
  const found: number[] = [];
  // A cut file may end within a word.
  const x = wordsOf(bytes.subarray(start, bytes.length & ~3));
  try {
    for (let p = 0; found.length < count;) {
      p = skipLedgerCloseMeta(x, p);
      if (p > x.length) break;
      found.push(start + p * 4);
    }
  } catch (error) {
    if (!(error instanceof XdrError)) throw error;
  }
  return found;
}

function* batch(bytes: Uint8Array, count: number): Generator<Uint8Array> {
  let at = 12;
  for (const end of ends(bytes, at, count - 1)) {
    yield bytes.subarray(at, end);
    at = end;
  }
  // What is left is the last one, or begins with one that cannot be read: whoever opens it requires the exact end anyway.
  if (bytes.length - at < 4) throw new XdrError("truncated LedgerCloseMetaBatch", bytes.length);
  yield bytes.subarray(at);
}

/** What an uncompressed ledger file holds. */
interface LedgerFrames {
  /** First and last ledger that the file itself claims; null unless it is a batch. */
  range: { first: number; last: number } | null;
  /** XDR `LedgerCloseMeta`, views into the file's bytes, in the file's order, not checked. @throws XdrError where the file has no ledger */
  frames: Iterable<Uint8Array>;
}

/**
 * Cuts an uncompressed ledger file into ledgers. Its form shows in its first three words: a record mark with the highest bit
 * set (a stream, RFC 5531 section 11); first, last and count that agree (`LedgerCloseMetaBatch`; no `LedgerCloseMeta` begins
 * like that); anything else is one bare `LedgerCloseMeta`.
 */
export function ledgerFrames(bytes: Uint8Array): LedgerFrames {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12) return { range: null, frames: [bytes] };
  const first = view.getUint32(0);
  const last = view.getUint32(4);
  const count = view.getUint32(8);
  if (first >= LAST_FRAGMENT) return { range: null, frames: framed(bytes, view) };
  if (first > 0 && last >= first && count === last - first + 1) return { range: { first, last }, frames: batch(bytes, count) };
  return { range: null, frames: [bytes] };
}
