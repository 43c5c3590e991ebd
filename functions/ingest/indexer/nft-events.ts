import type { Address } from "../../shared/xdr/address.ts";
import { int128, uint64, type Words } from "../../shared/xdr/words.ts";
import { ScValType } from "../../shared/xdr/xdr.generated.ts";
import { callEventReader } from "./call-events.ts";
import { addressTopic, type ContractEvent, toAccount } from "./contract-events.ts";
import { hasRows } from "./movements.ts";
import type { LedgerContext, LedgerOperation } from "./operation.ts";
import { mapAt, symbolAt, vectorAt } from "./sc-values.ts";

/** A movement of one NFT, as an event in the shape of SEP-50 tells it, whatever emitted it. */
interface NftMovement {
  readonly kind: "movement";
  readonly contract: Address;
  readonly tokenId: bigint;
  /** Null: minted. A muxed address stands for its account. */
  readonly from: Address | null;
  /** Null: burnt. */
  readonly to: Address | null;
}

/** NFTs with consecutive numbers that were minted together, the first and the last included. */
interface NftRangeMint {
  readonly kind: "range";
  readonly contract: Address;
  readonly firstId: bigint;
  readonly lastId: bigint;
  readonly to: Address;
}

export type NftEvent = NftMovement | NftRangeMint;

/** Addresses behind the name. */
const PARTIES: ReadonlyMap<string, number> = new Map([
  ["transfer", 2],
  ["mint", 1],
  ["burn", 1],
  ["consecutive_mint", 1],
]);

/** Tokens of one range at most; the largest batch of OpenZeppelin's contracts has 32,000. */
export const MAX_RANGE = 1_000_000n;

/** The NFT events of a contract call. */
export const nftEvents = callEventReader(nftEventOf);

/**
 * Adds the accounts and contracts that had or got an NFT, as the events of a contract call tell: they take part in it. No state change says
 * so.
 */
export function addNftParties(context: LedgerContext, op: LedgerOperation, accounts: Set<Address>): void {
  for (const event of nftEvents(context, op))
    for (const party of [event.kind === "movement" ? event.from : null, event.to])
      if (party !== null && hasRows(party)) accounts.add(party);
}

/**
 * What an event tells of NFTs; null when it has not the shape of SEP-50 (docs/indexing.md, N1 to N4). Nothing is both this and an event of a
 * fungible token: those have an i128 as their body, or a map with `amount`.
 */
function nftEventOf(x: Words, { contract, name, topics, data }: ContractEvent): NftEvent | null {
  const count = PARTIES.get(name);
  if (count === undefined || topics.length !== 1 + count || x[data] === ScValType.scvI128) return null;
  const first = addressTopic(x, topics[1]);
  const last = addressTopic(x, topics.at(-1));
  if (first === null || last === null) return null;
  if (name === "consecutive_mint") return rangeOf(x, contract, toAccount(x, last), data);
  const tokenId = tokenIdOf(x, data);
  if (tokenId === null) return null;
  const from = name === "mint" ? null : toAccount(x, first);
  const to = name === "burn" ? null : toAccount(x, last);
  return { kind: "movement", contract, tokenId, from, to };
}

/** The members of a map body by name; keys that are no symbols are passed over. Null: it is no map, or one of a fungible token. */
function membersAt(x: Words, p: number): ReadonlyMap<string, number> | null {
  const entries = mapAt(x, p);
  if (entries === null) return null;
  const members = new Map<string, number>();
  for (const { key, val } of entries) {
    const name = symbolAt(x, key);
    if (name !== null) members.set(name, val);
  }
  return members.has("amount") ? null : members;
}

function tokenIdOf(x: Words, data: number): bigint | null {
  const plain = tokenIdAt(x, data);
  if (plain !== null) return plain;
  const vector = vectorAt(x, data);
  const member = vector === null ? membersAt(x, data)?.get("token_id") : vector.length === 1 ? vector[0] : undefined;
  return member === undefined ? null : tokenIdAt(x, member);
}

function rangeOf(x: Words, contract: Address, to: Address, data: number): NftRangeMint | null {
  const vector = vectorAt(x, data);
  const members = vector === null ? membersAt(x, data) : null;
  const [from, until] = vector ?? [members?.get("from_token_id"), members?.get("to_token_id")];
  if ((vector !== null && vector.length !== 2) || from === undefined || until === undefined) return null;
  const firstId = tokenIdAt(x, from);
  const lastId = tokenIdAt(x, until);
  if (firstId === null || lastId === null || lastId < firstId || lastId - firstId >= MAX_RANGE) return null;
  return { kind: "range", contract, firstId, lastId, to };
}

/** The token id that is the ScVal at `p`: a number of any width that is not negative. Null: it is none. */
export function tokenIdAt(x: Words, p: number): bigint | null {
  switch (x[p]) {
    case ScValType.scvU32:
      return BigInt(x[p + 1]! >>> 0);
    case ScValType.scvU64:
      return uint64(x, p + 1);
    case ScValType.scvU128:
      return unsigned128(x, p + 1);
    case ScValType.scvU256:
      return (unsigned128(x, p + 1) << 128n) | unsigned128(x, p + 5);
    case ScValType.scvI128: {
      const id = int128(x, p + 1);
      return id < 0n ? null : id;
    }
    default:
      return null;
  }
}

function unsigned128(x: Words, p: number): bigint {
  return (uint64(x, p) << 64n) | uint64(x, p + 2);
}
