import { byteaBytes } from "../../shared/columns/bytea.ts";
import { DamagedBytes } from "../../shared/columns/history/byte-reader.ts";
import { readRefs, type TransactionRef } from "../../shared/columns/history/link-refs.ts";
import { transactionId } from "../../shared/columns/toid.ts";
import type { TransactionNode } from "../nodes/transaction.ts";
import type { HistoryCursor } from "../pagination/cursors.ts";
import type { Page } from "../pagination/page.ts";
import type { TimeRange } from "../pagination/time-range.ts";
import type { LinkRange, LinkRow } from "../queries/account-links.ts";
import type { HistoryKey } from "../queries/days.ts";

/** What one page may cost at most, whatever it finds: links can promise what their transactions do not hold. */
export interface HistoryBounds {
  /** Links looked at. */
  links: number;
  /** Links of one statement. */
  linksAtOnce: number;
  /** Transactions that those links name. */
  refs: number;
  /** Transactions read, besides as many as the page has items. */
  transactions: number;
  /** Transactions of one statement, besides as many as the page has items. */
  transactionsAtOnce: number;
  /** Bytes of transactions read, after which no more are read. */
  bytes: number;
}

/** Links of the first statement at least: they are small, and a second statement for a short page costs more than they do. */
const FEWEST_LINKS = 16;

const BOUNDS: HistoryBounds = {
  links: 5_000,
  linksAtOnce: 1_000,
  refs: 50_000,
  transactions: 1_000,
  transactionsAtOnce: 100,
  bytes: 2_000_000,
};

/** How a page of an account's history is read. */
export interface HistoryQuery<Item> {
  range: TimeRange;
  page: Page<HistoryCursor>;
  /** Is the transaction that the cursor names looked at too? It may have items behind the cursor. */
  withCursor: boolean;
  /** Only this transaction; null: all. */
  at: HistoryKey | null;
  /** Bits of `account_links.kinds`, one of which a link must have; null: any link. */
  kinds: number | null;
  /** How many items the link promises of a transaction; 0: it has none. */
  promised(ref: TransactionRef): number;
  /**
   * The items of a transaction, in ascending order. The link is found by a hash: the transaction itself decides.
   * @param isAtCursor it is of the ledger that the cursor names
   */
  items(node: TransactionNode, isAtCursor: boolean): Item[];
}

/** Where links and transactions come from. */
interface HistorySource {
  /** @param from close time to begin at; null: the end of history that the direction begins at */
  links(from: string | null, range: LinkRange): Promise<LinkRow[]>;
  /** Time of the last link that the bound of the range lets in; null when there are fewer. */
  lastInspected(from: string | null, range: LinkRange): Promise<string | null>;
  transactions(keys: readonly HistoryKey[]): Promise<ReadonlyMap<string, TransactionNode>>;
  /** Told of a link that cannot be read; the page goes on without it. */
  reportDamagedLink(ledger: number, error: DamagedBytes): void;
}

/** Items in the direction of travel, up to one more than the page; and where the reading gave up, if it did. */
export interface HistoryPage<Item> {
  items: Item[];
  /**
   * The last transaction looked at when a bound ended the reading, or the end of its ledger (`LEDGER_START`, `LEDGER_END`); null: the page
   * is full, or history ended.
   */
  inspectedTo: HistoryKey | null;
}

/** Below and above the ids of everything in a ledger. */
const LEDGER_START = "0";
const LEDGER_END = "9223372036854775807";

interface Candidate {
  key: HistoryKey;
  promised: number;
  isAtCursor: boolean;
}

/**
 * Reads a page of an account's history: links first, then the transactions that they name, until the page is full, history ends, or a
 * bound is reached.
 */
export async function readHistory<Item>(
  source: HistorySource,
  query: HistoryQuery<Item>,
  bounds: HistoryBounds = BOUNDS,
): Promise<HistoryPage<Item>> {
  const { page, range, kinds, at } = query;
  const { backward, cursor } = page;
  const wanted = page.limit + 1;
  const reader = new TransactionReader(source, query, bounds);
  const endOfLedger = (time: string): HistoryKey => ({ id: backward ? LEDGER_START : LEDGER_END, time });
  let left = bounds.links;
  let from = cursor?.time ?? null;
  let inclusive = true;
  for (let limit = Math.max(wanted, FEWEST_LINKS); ; limit = Math.min(limit * 2, bounds.linksAtOnce)) {
    const asked: LinkRange = {
      range,
      at: at?.time ?? null,
      inclusive,
      backward,
      kinds,
      limit: Math.min(limit, left, reader.linksForRefs),
      bound: left,
    };
    const rows = await source.links(from, asked);
    const stoppedAt = await reader.read(rows);
    const { items } = reader;
    if (items.length >= wanted) return { items: items.slice(0, wanted), inspectedTo: null };
    if (stoppedAt !== null) return { items, inspectedTo: stoppedAt };
    if (rows.length < asked.limit) {
      // Fewer than asked for: history has ended, unless the bound kept the statement from looking further.
      const last = kinds === null ? null : await source.lastInspected(from, asked);
      return { items, inspectedTo: last === null ? null : endOfLedger(last) };
    }
    const last = rows.at(-1)!;
    left -= Number(last.place ?? rows.length);
    if (left <= 0 || reader.refsLeft <= 0) return { items, inspectedTo: endOfLedger(last.time) };
    from = last.time;
    inclusive = false;
  }
}

/** Reads the transactions that links name, no more than the page may need. */
class TransactionReader<Item> {
  readonly items: Item[] = [];
  /** Transactions that links may still name. */
  refsLeft: number;
  readonly #source: HistorySource;
  readonly #query: HistoryQuery<Item>;
  readonly #wanted: number;
  readonly #atOnce: number;
  #left: number;
  #bytesLeft: number;
  /** The last transaction read. */
  #last: HistoryKey | null = null;
  /** Read so many at once at least: it grows when links promised too much, so that statements stay few. */
  #atLeast = 1;
  #linksSeen = 0;
  #refsSeen = 0;

  constructor(source: HistorySource, query: HistoryQuery<Item>, bounds: HistoryBounds) {
    this.#source = source;
    this.#query = query;
    this.#wanted = query.page.limit + 1;
    this.refsLeft = bounds.refs;
    this.#left = bounds.transactions + this.#wanted;
    this.#bytesLeft = bounds.bytes;
    this.#atOnce = bounds.transactionsAtOnce;
  }

  /** About how many links name as many transactions as may still be looked at. */
  get linksForRefs(): number {
    return this.#refsSeen === 0 ? Infinity : Math.ceil((this.refsLeft * this.#linksSeen) / this.#refsSeen);
  }

  /** Adds the items of the rows' transactions. @returns the last transaction read when the bound left some of them unread; else null */
  async read(rows: readonly LinkRow[]): Promise<HistoryKey | null> {
    const candidates = this.#candidates(rows);
    let next = candidates.next();
    while (next.done !== true && this.items.length < this.#wanted) {
      if (this.#left <= 0 || this.#bytesLeft <= 0) return this.#last;
      const chosen: Candidate[] = [];
      for (let promised = this.items.length; next.done !== true && this.#takes(chosen.length, promised); next = candidates.next()) {
        chosen.push(next.value);
        promised += next.value.promised;
      }
      await this.#add(chosen);
    }
    return null;
  }

  #takes(chosen: number, promised: number): boolean {
    return chosen < this.#left && (promised < this.#wanted || chosen < this.#atLeast);
  }

  async #add(chosen: readonly Candidate[]): Promise<void> {
    const nodes = await this.#source.transactions(chosen.map(({ key }) => key));
    this.#left -= chosen.length;
    this.#last = chosen.at(-1)!.key;
    this.#atLeast = Math.min(chosen.length * 2, this.#atOnce);
    for (const { key, isAtCursor } of chosen) {
      const node = nodes.get(key.id);
      if (node === undefined) continue;
      // The cursor's own ledger is free: the page must come beyond it.
      if (!isAtCursor) this.#bytesLeft -= node.payloadBytes;
      const found = this.#query.items(node, isAtCursor);
      this.items.push(...(this.#query.page.backward ? found.toReversed() : found));
    }
  }

  /** What links name of the query, in the direction of travel. */
  *#candidates(rows: readonly LinkRow[]): Generator<Candidate, void> {
    for (let start = 0, end = 1; start < rows.length; start = end++) {
      // Accounts whose keys are equal have a link each.
      while (end < rows.length && rows[end]!.time === rows[start]!.time) end++;
      const found: Candidate[] = [];
      for (let at = start; at < end; at++) this.#addCandidates(found, rows[at]!);
      const { backward } = this.#query.page;
      if (end - start > 1) yield* merge(found, backward);
      else yield* backward ? found.reverse() : found;
    }
  }

  #readRefs(ledger: number, refs: string): TransactionRef[] {
    try {
      return readRefs(byteaBytes(refs));
    } catch (error) {
      if (!(error instanceof DamagedBytes)) throw error;
      this.#source.reportDamagedLink(ledger, error);
      return [];
    }
  }

  /** Adds what a link names of the query, ascending. */
  #addCandidates(found: Candidate[], { ledger_number, refs, time, at_start }: LinkRow): void {
    const query = this.#query;
    const { backward, cursor } = query.page;
    const isAtCursor = at_start && cursor !== null;
    const all = this.#readRefs(ledger_number, refs);
    this.refsLeft -= all.length;
    this.#refsSeen += all.length;
    this.#linksSeen++;
    for (const ref of all) {
      const promised = query.promised(ref);
      if (promised === 0) continue;
      const id = transactionId(ledger_number, ref.transaction);
      if (query.at !== null && query.at.id !== id) continue;
      if (isAtCursor) {
        const beyond = backward ? BigInt(cursor.id) - BigInt(id) : BigInt(id) - BigInt(cursor.id);
        if (beyond < 0n || (beyond === 0n && !query.withCursor)) continue;
      }
      found.push({ key: { id, time }, promised, isAtCursor });
    }
  }
}

/** Candidates of one ledger that several links name, each transaction once, in the direction of travel. */
function merge(found: readonly Candidate[], backward: boolean): Candidate[] {
  const byId = new Map(found.map((candidate) => [candidate.key.id, candidate]));
  const merged = [...byId.values()].sort((a, b) => Number(BigInt(a.key.id) - BigInt(b.key.id)));
  return backward ? merged.reverse() : merged;
}
