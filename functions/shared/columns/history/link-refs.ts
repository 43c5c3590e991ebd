import { LAST_OPERATION_PLACE, LAST_TRANSACTION_PLACE } from "../toid.ts";
import { ByteReader, DamagedBytes } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";

/** Longer lists of counterparties are not kept: they stand for any, and the transaction itself must be looked at. */
export const MAX_HASHES = 12;
/** Pairs of kind and token that are kept apart in one transaction. Further ones are counted by kind: their token may be any. */
export const MAX_PAIRS = 32;

/** What one account has in one transaction, as `account_links.refs` keeps it (docs/history-format.md). */
export interface TransactionRef {
  /** Place of the transaction in its ledger, from 1. */
  transaction: number;
  successful: boolean;
  /** False: the transaction only changed something of the account's. */
  isParticipant: boolean;
  /** Places, from 1, of the operations that the account takes part in, ascending. */
  operations: number[];
  /** State changes of the account, a member for each kind and token. */
  changes: ChangeRef[];
}

/** The state changes of one kind and token that an account has in one transaction. */
export interface ChangeRef {
  /** `stateChangeKinds` number; 0: a kind that is in no list. */
  kind: number;
  /** How many there are. */
  count: number;
  /** `shortHash` of the token; null: there is none; "any": it is not kept, nor are the counterparties. */
  token: number | "any" | null;
  /** Are these changes that a token's events tell of (`TOKEN_EVENTS`)? Of "any" token: some of them may be. */
  isToldByEvents: boolean;
  /** `shortHash` of the changes' counterparties, distinct; more than `MAX_HASHES`: any. */
  counterparties: number[];
}

/** In the first byte of a change, above the five bits of its kind. Both `HAS_TOKEN` and `ANY_TOKEN`: it has a token, and events tell of it. */
const HAS_TOKEN = 32;
const HAS_COUNTERPARTIES = 64;
const ANY_TOKEN = 128;
const KIND = 31;

/**
 * A 16-bit hash of an address: the end of its account key, so that nobody can make another address with the same. Who finds it must still
 * look at the transaction itself.
 * @param key the low half of the address's key (`AccountKeyMaker.halves`)
 */
export function shortHash({ low }: { low: number }): number {
  return low & 0xffff;
}

/**
 * The same of a claimable balance, whose id is a hash already: its last 16 bits. Each is new, so a key for each would be remembered in vain.
 * @param address version byte and payload
 */
export function shortHashOfClaimableBalance(address: Uint8Array): number {
  return (address[address.length - 2]! << 8) | address[address.length - 1]!;
}

/** May the changes be of the token with this `shortHash`? False: none is. */
export function mayBeOfToken({ token }: ChangeRef, hash: number): boolean {
  return token === hash || token === "any";
}

/** May the changes be hidden, all of them? False: at least one is shown for certain. */
export function mayBeHidden({ token, isToldByEvents }: ChangeRef): boolean {
  return isToldByEvents || token === "any";
}

/** May the account with this `shortHash` be a counterparty of one of the changes? False: it is not. */
export function mayHaveCounterparty({ token, counterparties }: ChangeRef, hash: number): boolean {
  return token === "any" || counterparties.length > MAX_HASHES || counterparties.includes(hash);
}

/** Writes the references of one account in one ledger, ascending by transaction. */
export function writeRefs(writer: ByteWriter, refs: readonly TransactionRef[]): void {
  let previous = 0;
  for (const { transaction, successful, isParticipant, operations, changes } of refs) {
    writer.uint((transaction - previous) * 4 + (isParticipant ? 2 : 0) + (successful ? 1 : 0));
    previous = transaction;
    writer.uint(operations.length);
    let last = 0;
    for (const operation of operations) {
      writer.uint(operation - last);
      last = operation;
    }
    writer.uint(changes.length);
    for (const change of changes) writeChange(writer, change);
  }
}

function writeChange(writer: ByteWriter, { kind, count, token, isToldByEvents, counterparties }: ChangeRef): void {
  const ofToken = token === null ? 0 : token === "any" ? ANY_TOKEN : isToldByEvents ? HAS_TOKEN | ANY_TOKEN : HAS_TOKEN;
  writer.byte(kind | ofToken | (counterparties.length > 0 ? HAS_COUNTERPARTIES : 0));
  writer.uint(count);
  if (ofToken & HAS_TOKEN) writeHash(writer, token as number);
  if (counterparties.length === 0) return;
  if (counterparties.length > MAX_HASHES) return writer.byte(MAX_HASHES + 1);
  writer.byte(counterparties.length);
  for (const hash of counterparties) writeHash(writer, hash);
}

function writeHash(writer: ByteWriter, hash: number): void {
  writer.byte(hash >>> 8);
  writer.byte(hash & 0xff);
}

/** Reads what `writeRefs` wrote. @throws DamagedBytes */
export function readRefs(bytes: Buffer): TransactionRef[] {
  const reader = new ByteReader(bytes);
  const refs: TransactionRef[] = [];
  let transaction = 0;
  while (!reader.isAtEnd) {
    const head = reader.uint();
    transaction += Math.floor(head / 4);
    if (transaction > LAST_TRANSACTION_PLACE) throw new DamagedBytes(`no ledger has a transaction ${transaction}`);
    refs.push({
      transaction,
      successful: (head & 1) === 1,
      isParticipant: (head & 2) === 2,
      operations: readOperations(reader),
      changes: readChanges(reader),
    });
  }
  return refs;
}

function readOperations(reader: ByteReader): number[] {
  const operations: number[] = [];
  let last = 0;
  for (let left = reader.count(); left > 0; left--) operations.push((last += reader.uint()));
  if (last > LAST_OPERATION_PLACE) throw new DamagedBytes(`no transaction has an operation ${last}`);
  return operations;
}

function readChanges(reader: ByteReader): ChangeRef[] {
  const changes: ChangeRef[] = [];
  for (let left = reader.count(2); left > 0; left--) {
    const flags = reader.byte();
    const hasToken = (flags & HAS_TOKEN) !== 0;
    const hasAnyToken = !hasToken && (flags & ANY_TOKEN) !== 0;
    changes.push({
      kind: flags & KIND,
      count: reader.uint(),
      token: hasToken ? readHash(reader) : hasAnyToken ? "any" : null,
      isToldByEvents: hasToken && (flags & ANY_TOKEN) !== 0,
      counterparties: flags & HAS_COUNTERPARTIES ? readHashes(reader) : [],
    });
  }
  return changes;
}

function readHashes(reader: ByteReader): number[] {
  const count = reader.byte();
  if (count === MAX_HASHES + 1) return new Array<number>(count).fill(0);
  if (count === 0 || count > MAX_HASHES) throw new DamagedBytes(`there are ${count} hashes before ${reader.at}`);
  const hashes: number[] = [];
  for (let left = count; left > 0; left--) hashes.push(readHash(reader));
  return hashes;
}

function readHash(reader: ByteReader): number {
  return (reader.byte() << 8) | reader.byte();
}
