import { int32At } from "../../../shared/columns/int32-at.ts";
import { sameWords, type Words } from "../../../shared/xdr/words.ts";
import type { Change } from "../../ledger/changes.ts";
import { bytesAt, type Ledger } from "../../ledger/ledger.ts";
import type { TtlRow } from "../rows.ts";

/** Words of a key hash; the last ledger that the entry lives in stands behind it. */
const HASH_WORDS = 8;
/** What an `integer` column holds; no entry lives that long. */
const LAST_LEDGER = 0x7fffffff;

/**
 * The TTL entries of a ledger, folded: the last change of each counts. TTLs are entries of their own (CAP-46-12), keyed by the SHA-256 of
 * the ledger key that they belong to; they change with it or alone.
 */
export class Ttls {
  readonly #changes: Change[] = [];
  /** Is a TTL among them that was there before? */
  #hasUpdates = false;
  #folded: Map<number, Change> | null = null;

  add(change: Change): void {
    this.#changes.push(change);
    if (change.pre !== 0 && change.post !== 0) this.#hasUpdates = true;
  }

  /**
   * The last change of each TTL by the first word of its key hash or, where that is another's, by the next number that is free. Made when
   * it is asked for: most ledgers have TTLs of new entries alone, of which few have rows.
   */
  #last(x: Words): ReadonlyMap<number, Change> {
    if (this.#folded !== null) return this.#folded;
    const last = new Map<number, Change>();
    for (const change of this.#changes) {
      let place = x[change.keyStart]!;
      for (let other = last.get(place); other !== undefined; other = last.get(place)) {
        if (sameWords(x, other.keyStart, change.keyStart, HASH_WORDS)) break;
        place = (place + 1) | 0;
      }
      last.set(place, change);
    }
    this.#folded = last;
    return last;
  }

  /** The last ledger in which an entry is live, by its key hash; null when the ledger leaves that as it was, or the entry is gone. */
  liveUntil(x: Words, keyHash: Uint8Array): number | null {
    if (this.#changes.length === 0) return null;
    const last = this.#last(x);
    let place = int32At(keyHash, 0);
    for (let change = last.get(place); change !== undefined; change = last.get(place)) {
      if (isHashAt(x, change.keyStart, keyHash)) return change.post === 0 ? null : liveUntilOf(x, change);
      place = (place + 1) | 0;
    }
    return null;
  }

  /** TTLs that were there before the ledger's last change of them. Those of new and restored entries come with their entries. */
  rows({ x, bytes }: Ledger): TtlRow[] {
    if (!this.#hasUpdates) return [];
    const rows: TtlRow[] = [];
    for (const change of this.#last(x).values()) {
      if (change.pre === 0 || change.post === 0) continue;
      rows.push({ keyHash: bytesAt(bytes, change.keyStart, HASH_WORDS), liveUntilLedger: liveUntilOf(x, change) });
    }
    return rows;
  }
}

function isHashAt(x: Words, p: number, hash: Uint8Array): boolean {
  for (let i = 0; i < HASH_WORDS; i++) if (x[p + i] !== int32At(hash, i * 4)) return false;
  return true;
}

function liveUntilOf(x: Words, { keyStart }: Change): number {
  return Math.min(x[keyStart + HASH_WORDS]! >>> 0, LAST_LEDGER);
}
