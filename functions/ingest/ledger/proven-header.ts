import { createHash, hash as digest } from "node:crypto";
import { XdrError, type Words } from "../../shared/xdr/words.ts";
import { wordsOf } from "../../shared/xdr/words-of.ts";
import { readLedgerHeader, skipLedgerHeader } from "../../shared/xdr/xdr.generated.ts";

/** A header whose hash stands before it, as in every LedgerHeaderHistoryEntry. */
interface ProvenHeader {
  protocolVersion: number;
  /** Null: the header's own form is not known. */
  sequence: number | null;
}

/** No header is longer: a value has at most 6 upgrades of 128 bytes. */
const HEADER_BYTES = 4096;
/** Words of a hash. */
const HASH = 8;
/** Words before the hash: the arm of LedgerCloseMeta, and an extension of which an unknown one may be longer than those of today (3). */
const MOST_BEFORE = 16;
/** No header is shorter, in words: two versions, six hashes and more, four of them in the skip list. */
const LEAST_WORDS = 80;
/** Far beyond any protocol to come; what is larger is something else than a version. */
const MOST_PROTOCOL = 1000;

/**
 * Finds the header at the beginning of an XDR `LedgerCloseMeta` by its hash, whatever the forms of the ledger and of the header itself
 * are: only a header has its own SHA-256 before it. So a damaged byte is never taken for a protocol.
 * @param newest of headers with a later protocol also those are found whose form is not known
 */
export function provenHeader(bytes: Uint8Array, newest: number): ProvenHeader | null {
  const front = bytes.subarray(0, Math.min(HEADER_BYTES, bytes.length & ~3));
  const x = wordsOf(front);
  for (let start = HASH + 1; start <= HASH + MOST_BEFORE && start < x.length; start++) {
    const protocolVersion = x[start]!;
    if (protocolVersion < 0 || protocolVersion > MOST_PROTOCOL) continue;
    const hash = front.subarray((start - HASH) * 4, start * 4);
    const end = knownHeaderEnd(x, start);
    if (end !== null && digest("sha256", front.subarray(start * 4, end * 4), "buffer").equals(hash))
      return { protocolVersion, sequence: readLedgerHeader(x, start).ledgerSeq };
    if (protocolVersion > newest && hasEnd(front, start, hash)) return { protocolVersion, sequence: null };
  }
  return null;
}

function knownHeaderEnd(x: Words, start: number): number | null {
  try {
    const end = skipLedgerHeader(x, start);
    return end <= x.length ? end : null;
  } catch (error) {
    if (!(error instanceof XdrError)) throw error;
    return null;
  }
}

/** Is the hash that of the bytes from word `start` on to any word behind it? */
function hasEnd(bytes: Uint8Array, start: number, hash: Uint8Array): boolean {
  const sum = createHash("sha256").update(bytes.subarray(start * 4, (start + LEAST_WORDS) * 4));
  for (let at = (start + LEAST_WORDS) * 4; at <= bytes.length; at += 4) {
    if (sum.copy().digest().equals(hash)) return true;
    sum.update(bytes.subarray(at, at + 4));
  }
  return false;
}
