import { isUtf8 } from "node:buffer";
import type { Address } from "../../shared/xdr/address.ts";
import { int128, uint64, type Words } from "../../shared/xdr/words.ts";
import { ScValType } from "../../shared/xdr/xdr.generated.ts";
import { callEventReader } from "./call-events.ts";
import { addressTopic, type ContractEvent, muxedIdOf, toAccount } from "./contract-events.ts";
import { mapAt, symbolAt, textAt, vectorAt } from "./sc-values.ts";

/**
 * What the receiver that an event names goes by among the many of one account: a number (of its muxed address, SEP-23), or what a memo would
 * say (CAP-67).
 */
export interface ReceiverId {
  /** id: a number, decimal. text: UTF-8. bytes: in hex. */
  readonly kind: "id" | "text" | "bytes";
  readonly value: string;
}

/** A movement of a token, as an event in the shape of SEP-41 tells it. What the contract is, and whether it tells the truth, is another question. */
export interface TokenMovement {
  readonly kind: "transfer" | "mint" | "burn" | "clawback";
  readonly contract: Address;
  /** Null: minted. A muxed address stands for its account. */
  readonly from: Address | null;
  /** Null: burnt or clawed back. */
  readonly to: Address | null;
  /** Any i128, in the token's smallest unit; also a negative one, which no honest token has. */
  readonly amount: bigint;
  readonly receiverId: ReceiverId | null;
}

/** An approval: from now on the spender may spend so much of what the owner has, up to and including a ledger. It replaces the one before. */
export interface TokenApproval {
  readonly kind: "approve";
  readonly contract: Address;
  readonly owner: Address;
  readonly spender: Address;
  readonly amount: bigint;
  readonly liveUntilLedger: number;
}

/** Topics behind the name: the parties alone, or, as older contracts have it, an administrator in front of them. */
const PARTIES = { transfer: [2], mint: [1, 2], burn: [1], clawback: [1, 2], approve: [2] } as const;

/** What an event in the shape of SEP-41 tells. */
export type TokenEvent = TokenMovement | TokenApproval;

/** The token events of a contract call. */
export const tokenEvents = callEventReader(tokenEventOf);

/**
 * What an event tells of a token; null when it has not the shape that SEP-41 (0.5) gives its events: an exact number of topics, all of them
 * addresses, and a body that is the plain value or a map by symbols, which may have more members. Events of Stellar Asset Contracts have
 * another topic, their asset, and hence another shape.
 */
function tokenEventOf(x: Words, { contract, name, topics, data }: ContractEvent): TokenEvent | null {
  if (!Object.hasOwn(PARTIES, name)) return null;
  const kind = name as keyof typeof PARTIES;
  const counts: readonly number[] = PARTIES[kind];
  if (!counts.includes(topics.length - 1)) return null;
  const parties: Address[] = [];
  for (let i = 1; i < topics.length; i++) {
    const party = addressTopic(x, topics[i]);
    if (party === null) return null;
    parties.push(party);
  }
  if (kind === "approve") {
    const approved = approvedAt(x, data);
    return approved && { kind, contract, owner: toAccount(x, parties[0]!), spender: toAccount(x, parties[1]!), ...approved };
  }
  const moved = movedAt(x, data);
  if (moved === null) return null;
  const last = parties.at(-1)!;
  const from = kind === "mint" ? null : toAccount(x, kind === "transfer" ? parties[0]! : last);
  const to = kind === "transfer" || kind === "mint" ? last : null;
  const receiverId = to === null ? null : (moved.receiverId ?? idOf(to));
  return { kind, contract, from, to: to && toAccount(x, to), amount: moved.amount, receiverId };
}

function idOf(address: Address): ReceiverId | null {
  const value = muxedIdOf(address);
  return value === null ? null : { kind: "id", value };
}

/** The members of a map body by name; keys that are no symbols are passed over. Null: the body is no map. */
function membersAt(x: Words, p: number): Map<string, number> | null {
  const entries = mapAt(x, p);
  if (entries === null) return null;
  const members = new Map<string, number>();
  for (const { key, val } of entries) {
    const name = symbolAt(x, key);
    if (name !== null) members.set(name, val);
  }
  return members;
}

function movedAt(x: Words, p: number): { amount: bigint; receiverId: ReceiverId | null } | null {
  if (x[p] === ScValType.scvI128) return { amount: int128(x, p + 1), receiverId: null };
  const members = membersAt(x, p);
  const amount = members?.get("amount");
  if (amount === undefined || x[amount] !== ScValType.scvI128) return null;
  const id = members!.get("to_muxed_id");
  return { amount: int128(x, amount + 1), receiverId: id === undefined ? null : receiverIdAt(x, id) };
}

/** Bytes of the longest text, and of the longest bytes, that are an id. What is longer is none: a part of it might be another's. */
const MAX_ID_BYTES = 64;

/** Another type than those of SEP-41 says nothing; nor does what is empty or too long, or a text that is no UTF-8 or holds NUL. */
function receiverIdAt(x: Words, p: number): ReceiverId | null {
  switch (x[p]) {
    case ScValType.scvU64:
      return { kind: "id", value: uint64(x, p + 1).toString() };
    case ScValType.scvString:
    case ScValType.scvBytes: {
      const length = x[p + 1]! >>> 0;
      if (length === 0 || length > MAX_ID_BYTES) return null;
      const bytes = Buffer.from(textAt(x, p + 1), "latin1");
      if (x[p] === ScValType.scvBytes) return { kind: "bytes", value: bytes.toString("hex") };
      return isUtf8(bytes) && !bytes.includes(0) ? { kind: "text", value: bytes.toString() } : null;
    }
    default:
      return null;
  }
}

function approvedAt(x: Words, p: number): { amount: bigint; liveUntilLedger: number } | null {
  const vector = vectorAt(x, p);
  const members = vector === null ? membersAt(x, p) : null;
  const [amount, until] = vector ?? [members?.get("amount"), members?.get("live_until_ledger")];
  if ((vector !== null && vector.length !== 2) || amount === undefined || until === undefined) return null;
  if (x[amount] !== ScValType.scvI128 || x[until] !== ScValType.scvU32) return null;
  return { amount: int128(x, amount + 1), liveUntilLedger: x[until + 1]! >>> 0 };
}
