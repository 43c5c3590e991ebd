import { keyRange } from "../ledger/changes.ts";
import { ContradictionError } from "../ledger/contradiction-error.ts";
import { bytesAt, type Ledger } from "../ledger/ledger.ts";
import { LedgerEntryChangeType, skipLedgerEntry, skipLedgerKey } from "../../shared/xdr/xdr.generated.ts";
import { changeLists } from "./change-lists.ts";

/** What a ledger did to one ledger entry. Offsets are word offsets of LedgerEntries, 0 where there is none. */
export interface EntryStates {
  /** LedgerEntryType. */
  type: number;
  /** Word range of the fields of its LedgerKey, behind the type. */
  keyStart: number;
  keyEnd: number;
  /** State before the ledger; 0 when the entry is new or comes back from the archive. */
  first: number;
  /** Was the entry there before, archived entries included? */
  existed: boolean;
  /** State in the archive, of an entry that came back from it. */
  restored: number;
  /** State after the ledger; 0 when it is gone. */
  last: number;
  /** The last state that the ledger shows, also of an entry that is gone. */
  lastSeen: number;
  /** The last state that the ledger wrote or restored, also of an entry that is gone; 0 when it only removed the entry. */
  written: number;
  /** Did anything happen to it? Not when the ledger shows nothing but its state. */
  changed: boolean;
}

const {
  ledgerEntryCreated: CREATED,
  ledgerEntryRemoved: REMOVED,
  ledgerEntryState: STATE,
  ledgerEntryRestored: RESTORED,
  ledgerEntryUpdated: UPDATED,
} = LedgerEntryChangeType;

/**
 * The entry states of a ledger by the one rule that needs no knowledge of operations: play every list of changes in the order
 * in which the protocol applied them, the last one wins. Shares nothing with the indexer but the reader, so that one can check the other.
 * @throws ContradictionError for an update or removal that does not follow a state of its entry
 */
export function entryStates(ledger: Ledger): EntryStates[] {
  const states = new Map<string, EntryStates>();
  for (const p of changeLists(ledger)) play(ledger, p, states);
  return [...states.values()];
}

function play({ x, bytes }: Ledger, p: number, states: Map<string, EntryStates>): void {
  let at = p + 1;
  let shown = "";
  for (let n = x[p]! >>> 0; n > 0; n--) {
    const kind = x[at]!;
    const body = at + 1;
    const isKey = kind === REMOVED;
    const type = isKey ? x[body]! : x[body + 1]!;
    const next = isKey ? skipLedgerKey(x, body) : skipLedgerEntry(x, body);
    const [start, end] = isKey ? [body + 1, next] : keyRange(x, type, body + 2);
    const key = `${type}:${Buffer.from(bytesAt(bytes, start, end - start)).toString("latin1")}`;
    if ((kind === REMOVED || kind === UPDATED) && shown !== key)
      throw new ContradictionError("a change of an entry without its state before it", at);
    shown = kind === STATE || kind === RESTORED ? key : "";
    let entry = states.get(key);
    if (!entry) {
      entry = {
        type,
        keyStart: start,
        keyEnd: end,
        first: 0,
        existed: kind !== CREATED,
        restored: 0,
        last: 0,
        lastSeen: 0,
        written: 0,
        changed: false,
      };
      if (kind === STATE) entry.first = body;
      if (kind === RESTORED) entry.restored = body;
      states.set(key, entry);
    }
    if (isKey) entry.last = 0;
    else entry.lastSeen = body;
    if (kind === STATE) entry.last ||= body;
    else {
      entry.changed = true;
      if (!isKey) entry.last = entry.written = body;
    }
    at = next;
  }
}
