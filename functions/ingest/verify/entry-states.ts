import { hash as digest } from "node:crypto";
import { bytesAt, type Ledger } from "../ledger/ledger.ts";
import { transactions } from "../ledger/transactions.ts";
import { skipLedgerEntry, skipLedgerKey } from "../ledger/xdr.generated.ts";
import { keyRange } from "../ledger/changes.ts";

/** First and last state of one ledger entry in a ledger. Offsets are word offsets of LedgerEntries. */
export interface EntryStates {
  /** LedgerEntryType. */
  type: number;
  /** State before the ledger; 0 when the entry is new or comes back from the archive. */
  first: number;
  /** Was the entry there before, archived entries included? */
  existed: boolean;
  /** State after the ledger; 0 when it is gone. */
  last: number;
  /** The last state that the ledger shows, also of an entry that is gone. */
  lastSeen: number;
}

const CREATED = 0;
const REMOVED = 2;
const STATE = 3;
const RESTORED = 4;

/**
 * The entry states of a ledger by the one rule that needs no knowledge of operations: play every list of changes in the order
 * in which the protocol applied them. Shares nothing with the indexer's fold but the reader, so that one can check the other.
 */
export function entryStates(ledger: Ledger, networkPassphrase: string): EntryStates[] {
  const states = new Map<string, EntryStates>();
  const applied = [...transactions(ledger, digest("sha256", networkPassphrase, "buffer"))];
  for (const tx of applied) play(ledger, tx.feeChanges, states);
  for (const tx of applied) {
    for (const p of [tx.changesBefore, ...tx.operationChanges, tx.changesAfter]) play(ledger, p, states);
  }
  for (const tx of applied) play(ledger, tx.postFeeChanges, states);
  return [...states.values()];
}

function play(ledger: Ledger, p: number, states: Map<string, EntryStates>): void {
  if (p === 0) return;
  const { x, bytes } = ledger;
  let at = p + 1;
  for (let n = x[p]! >>> 0; n > 0; n--) {
    const kind = x[at]!;
    const body = at + 1;
    const isKey = kind === REMOVED;
    const type = isKey ? x[body]! : x[body + 1]!;
    const next = isKey ? skipLedgerKey(x, body) : skipLedgerEntry(x, body);
    const [start, end] = isKey ? [body + 1, next] : keyRange(x, type, body + 2);
    const key = `${type}:${Buffer.from(bytesAt(bytes, start, end - start)).toString("latin1")}`;
    let entry = states.get(key);
    if (!entry) states.set(key, (entry = { type, first: kind === STATE ? body : 0, existed: kind !== CREATED, last: 0, lastSeen: 0 }));
    if (kind === STATE || kind === RESTORED) entry.lastSeen = body;
    if (isKey) entry.last = 0;
    else if (kind === STATE) entry.last ||= body;
    else entry.last = entry.lastSeen = body;
    at = next;
  }
}
