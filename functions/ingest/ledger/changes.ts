import { ContradictionError } from "./contradiction-error.ts";
import { sortFew } from "./sort-few.ts";
import { sameWords, type Words } from "../../shared/xdr/words.ts";
import {
  LedgerEntryType,
  skipClaimableBalanceId,
  skipContractCodeEntryExt,
  skipLedgerEntryChange,
  skipLedgerKey,
  skipPublicKey,
  skipScAddress,
  skipScVal,
  skipTrustLineAsset,
} from "../../shared/xdr/xdr.generated.ts";

/**
 * One change of a ledger entry: state before and after. `pre` and `post` are word offsets of a `LedgerEntry`, 0 where there
 * is none; one of them is there, and where both are, they are of the same key.
 */
export interface Change {
  /** LedgerEntryType. */
  type: number;
  pre: number;
  post: number;
  /** Did the entry come back from the archive with this change? */
  restored: boolean;
  /** Word range of the entry's key fields behind the type, for ordering and comparing keys. */
  keyStart: number;
  keyEnd: number;
}

/** Offset of the entry's own struct (AccountEntry, TrustLineEntry, …) in a LedgerEntry. */
export function entryData(entry: number): number {
  return entry + 2;
}

/** The word range [start, end) of the key fields of an entry's own struct at `p`. */
export function keyRange(x: Words, type: number, p: number): [number, number] {
  switch (type) {
    case LedgerEntryType.account:
      return [p, skipPublicKey(x, p)];
    case LedgerEntryType.trustline:
      return [p, skipTrustLineAsset(x, skipPublicKey(x, p))];
    case LedgerEntryType.offer:
      return [p, skipPublicKey(x, p) + 2];
    case LedgerEntryType.data: {
      const name = skipPublicKey(x, p);
      return [p, name + 1 + Math.ceil((x[name]! >>> 0) / 4)];
    }
    case LedgerEntryType.claimableBalance:
      return [p, skipClaimableBalanceId(x, p)];
    case LedgerEntryType.contractData: {
      // The entry begins with an extension point, the key does not.
      const start = p + 1;
      return [start, skipScVal(x, skipScAddress(x, start)) + 1];
    }
    case LedgerEntryType.contractCode: {
      const hash = skipContractCodeEntryExt(x, p);
      return [hash, hash + 8];
    }
    case LedgerEntryType.configSetting:
      return [p, p + 1];
    default:
      // Liquidity pool and TTL: a 32-byte hash first.
      return [p, p + 8];
  }
}

function removedKeyRange(x: Words, key: number): [number, number] {
  return [key + 1, skipLedgerKey(x, key)];
}

/**
 * Requires that the entry at `previous` is the one with the key that is changed at word `at`: the protocol writes an entry's state in
 * front of each update and removal of it, and a removal names nothing but the key.
 */
function requireState(x: Words, previous: number, { type, keyStart, keyEnd }: Change, at: number): void {
  // A key's words tell where it ends, so that equal words are equal keys.
  if (previous !== 0 && x[previous + 1] === type && sameWords(x, keyOf(x, type, entryData(previous)), keyStart, keyEnd - keyStart)) return;
  throw new ContradictionError("a change of an entry without its state before it", at);
}

/** Where the key fields of an entry's own struct at `p` begin, as in keyRange. */
function keyOf(x: Words, type: number, p: number): number {
  if (type === LedgerEntryType.contractData) return p + 1;
  return type === LedgerEntryType.contractCode ? skipContractCodeEntryExt(x, p) : p;
}

/**
 * Pairs the changes of a `LedgerEntryChanges` at word `p`, in the order of the list.
 * @throws ContradictionError for an update or removal that does not follow a state of its entry
 */
export function pairChanges(x: Words, p: number): Change[] {
  const changes: Change[] = [];
  appendChanges(x, p, changes);
  return changes;
}

/** As pairChanges, into a list that the caller keeps. @throws ContradictionError */
export function appendChanges(x: Words, p: number, changes: Change[]): void {
  const n = x[p]! >>> 0;
  let at = p + 1;
  let previous = 0;
  for (let i = 0; i < n; i++) {
    const kind = x[at]!;
    const body = at + 1;
    if (kind === 2) {
      const [keyStart, keyEnd] = removedKeyRange(x, body);
      const change = { type: x[body]!, pre: previous, post: 0, restored: false, keyStart, keyEnd };
      requireState(x, previous, change, at);
      changes.push(change);
      at = skipLedgerEntryChange(x, at);
      previous = 0;
      continue;
    }
    if (kind !== 3) {
      const type = x[body + 1]!;
      const [keyStart, keyEnd] = keyRange(x, type, entryData(body));
      const change = { type, pre: kind === 1 ? previous : 0, post: body, restored: kind === 4, keyStart, keyEnd };
      if (kind === 1) requireState(x, previous, change, at);
      changes.push(change);
    }
    previous = kind === 3 || kind === 4 ? body : 0;
    at = skipLedgerEntryChange(x, at);
  }
}

function compareKeys(x: Words, a: Change, b: Change): number {
  if (a.type !== b.type) return a.type - b.type;
  const lengthA = a.keyEnd - a.keyStart;
  const lengthB = b.keyEnd - b.keyStart;
  for (let i = 0; i < lengthA && i < lengthB; i++) {
    const wordA = x[a.keyStart + i]! >>> 0;
    const wordB = x[b.keyStart + i]! >>> 0;
    if (wordA !== wordB) return wordA < wordB ? -1 : 1;
  }
  return lengthA - lengthB;
}

/** The changes in the byte order of their LedgerKey; equal keys keep their order. May be the same array. */
export function sortedByKey(x: Words, changes: Change[]): Change[] {
  for (let i = 1; i < changes.length; i++) {
    if (compareKeys(x, changes[i - 1]!, changes[i]!) > 0) return sortFew([...changes], (a, b) => compareKeys(x, a, b));
  }
  return changes;
}
