import { stateChangeKindNumber } from "../../shared/columns/history/codes.ts";
import { bitOf } from "../../shared/columns/history/link-kinds.ts";
import {
  type ChangeRef,
  MAX_HASHES,
  MAX_PAIRS,
  shortHash,
  shortHashOfClaimableBalance,
  type TransactionRef,
  writeRefs,
} from "../../shared/columns/history/link-refs.ts";
import { isToldByEvents } from "../../shared/columns/history/payload-format.ts";
import { StrkeyVersion } from "../../shared/strkey.ts";
import { ByteWriter } from "../../shared/columns/history/byte-writer.ts";
import { placeOfToid } from "../../shared/columns/toid.ts";
import type { OperationRow, StateChangeRow, TransactionRow } from "../indexer/rows.ts";
import type { Address } from "../../shared/xdr/address.ts";
import type { AccountKeys } from "./account-keys.ts";
import type { BinaryCopy } from "./binary-copy.ts";

/** Microseconds since PostgreSQL's epoch, as two signed halves. */
export interface Time {
  high: number;
  low: number;
}

/** What one account has in a ledger. */
interface Link {
  kinds: number;
  refs: TransactionRef[];
}

/**
 * The links of one ledger from accounts to transactions: one row an account, which holds all that it has in the ledger. What one
 * transaction can write into the link of one account is bounded: its operations, `MAX_PAIRS` pairs of kind and token, each with up to
 * `MAX_HASHES` counterparties, and the kinds.
 */
export class AccountLinks {
  readonly #keys: AccountKeys;
  readonly #links = new Map<Address, Link>();
  readonly #writer = new ByteWriter();

  /** @param keys those of the database */
  constructor(keys: AccountKeys) {
    this.#keys = keys;
  }

  /**
   * @param operations those of the transaction
   * @param changes those of the transaction, by operation
   */
  add(transaction: TransactionRow, operations: readonly OperationRow[], changes: readonly StateChangeRow[]): void {
    const place = placeOfToid(transaction.toid);
    const { successful } = transaction;
    for (const account of transaction.accounts) this.#ref(account, place, successful).isParticipant = true;
    for (let at = 0; at < operations.length; at++) {
      for (const account of operations[at]!.accounts) {
        const ref = this.#ref(account, place, successful);
        ref.operations = appended(ref.operations, at + 1);
      }
    }
    for (const change of changes) {
      const { account, tokenId, counterparty } = change;
      const link = this.#link(account);
      const ref = refOf(link, place, successful);
      const kind = stateChangeKindNumber(change);
      link.kinds |= bitOf(kind);
      const counted = count(ref, kind, tokenId === null ? null : shortHash(this.#keys.of(tokenId)), isToldByEvents(change));
      if (counterparty !== null && counted.token !== "any") this.#addHash(counted, counterparty);
    }
  }

  /** Once there are too many, the list stays too long: it stands for any. */
  #addHash(counted: ChangeRef, address: Address): void {
    if (counted.counterparties.length > MAX_HASHES) return;
    const isClaimableBalance = address.bytes[0] === StrkeyVersion.claimableBalance;
    const hash = isClaimableBalance ? shortHashOfClaimableBalance(address.bytes) : shortHash(this.#keys.of(address));
    if (!counted.counterparties.includes(hash)) counted.counterparties = appended(counted.counterparties, hash);
  }

  #link(account: Address): Link {
    let link = this.#links.get(account);
    if (!link) this.#links.set(account, (link = { kinds: 0, refs: NONE }));
    return link;
  }

  #ref(account: Address, place: number, successful: boolean): TransactionRef {
    return refOf(this.#link(account), place, successful);
  }

  /** Writes all rows: account_key, ledger_created_at, ledger_number, kinds, refs. */
  write(copy: BinaryCopy, ledger: number, time: Time): void {
    const writer = this.#writer;
    for (const [account, { kinds, refs }] of this.#links) {
      const { high, low } = this.#keys.of(account);
      writer.reset();
      writeRefs(writer, refs);
      copy.row(5);
      copy.int64(high, low);
      copy.int64(time.high, time.low);
      copy.int32(ledger);
      copy.int32(kinds);
      copy.bytes(writer.finish());
    }
  }
}

/** The beginning of every list here, which `appended` replaces. */
const NONE: never[] = [];

/** The list with the item. `push` makes room for 17 in an empty array; most lists here have one, and a ledger has thousands. */
function appended<T>(list: T[], item: T): T[] {
  if (list.length === 0) return [item];
  list.push(item);
  return list;
}

function refOf(link: Link, transaction: number, successful: boolean): TransactionRef {
  const last = link.refs.at(-1);
  if (last?.transaction === transaction) return last;
  const ref: TransactionRef = {
    transaction,
    successful,
    isParticipant: false,
    operations: NONE,
    changes: NONE,
  };
  link.refs = appended(link.refs, ref);
  return ref;
}

/** Counts a change of a kind and token. */
function count(ref: Pick<TransactionRef, "changes">, kind: number, token: ChangeRef["token"], isOfEvent: boolean): ChangeRef {
  for (const found of ref.changes) {
    if (found.kind !== kind || found.token !== token || found.isToldByEvents !== isOfEvent) continue;
    found.count++;
    return found;
  }
  if (typeof token === "number" && ref.changes.length >= MAX_PAIRS) return count(ref, kind, "any", false);
  const added: ChangeRef = { kind, count: 1, token, isToldByEvents: isOfEvent, counterparties: NONE };
  ref.changes = appended(ref.changes, added);
  return added;
}
