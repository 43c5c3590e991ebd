import { StrkeyVersion } from "../../shared/strkey.ts";
import type { Address } from "../../shared/xdr/address.ts";
import { addressAt, scAddressAt } from "../../shared/xdr/addresses.ts";
import { int128, type Words } from "../../shared/xdr/words.ts";
import { ContractDataDurability, ScValType } from "../../shared/xdr/xdr.generated.ts";
import { entryData, type Change } from "../ledger/changes.ts";
import { mapAt, symbolAt } from "./sc-values.ts";

/** Contract data under a key that tokens use, of whatever contract: the balance of a holder, or what a spender may spend of it. */
export interface TokenKey {
  readonly contract: Address;
  readonly owner: Address;
  /** Null: it is a balance. */
  readonly spender: Address | null;
  readonly isTemporary: boolean;
  /** Of an allowance: is the owner called `from`? Then another entry may call the same owner `owner`. */
  readonly isFrom: boolean;
}

/** An allowance as its entry says it. */
export interface AllowanceValue {
  readonly amount: bigint;
  /** The last ledger in which it can be used, as a column holds it. */
  readonly liveUntilLedger: number;
}

const ACCOUNT = 0;
const CONTRACT = 1;
/** Words of a contract's ScAddress: its type and its id. */
const CONTRACT_WORDS = 9;
/** The symbols `Balance` and `Allowance`: length and bytes, as words. */
const BALANCE = [7, 0x42616c61, 0x6e636500] as const;
const ALLOWANCE = [9, 0x416c6c6f, 0x77616e63, 0x65000000] as const;

/**
 * The token key of contract data, whose LedgerKey has its fields in the words [start, end); null for any other key.
 *
 * - `vec[symbol Balance, address]`: the official example token and OpenZeppelin's (soroban-examples `token/src/storage_types.rs`,
 *   stellar-contracts `packages/tokens/src/fungible/storage.rs`), and asset contracts (CAP-46-6). The holder is an account or a contract.
 * - `vec[symbol Allowance, map{from | owner, spender}]`: the example's and asset contracts' name is `from`, OpenZeppelin's `owner`.
 */
export function tokenKeyAt(x: Words, start: number, end: number): TokenKey | null {
  const key = start + CONTRACT_WORDS;
  // A vector that is there, of two values, the first a symbol.
  if (x[start] !== CONTRACT || x[key] !== ScValType.scvVec || x[key + 1] !== 1 || x[key + 2] !== 2 || x[key + 3] !== ScValType.scvSymbol)
    return null;
  const name = key + 4;
  const isTemporary = x[end - 1] === ContractDataDurability.temporary;
  if (hasWords(x, name, BALANCE)) {
    const owner = partyAt(x, name + BALANCE.length);
    return owner && { contract: contractAt(x, start), owner, spender: null, isTemporary, isFrom: false };
  }
  if (!hasWords(x, name, ALLOWANCE)) return null;
  const members = mapAt(x, name + ALLOWANCE.length);
  if (members?.length !== 2) return null;
  const [first, second] = members;
  const ownerName = symbolAt(x, first!.key);
  if ((ownerName !== "from" && ownerName !== "owner") || symbolAt(x, second!.key) !== "spender") return null;
  const owner = partyAt(x, first!.val);
  const spender = partyAt(x, second!.val);
  return owner && spender && { contract: contractAt(x, start), owner, spender, isTemporary, isFrom: ownerName === "from" };
}

function hasWords(x: Words, p: number, words: readonly number[]): boolean {
  return words.every((word, i) => x[p + i] === word);
}

function contractAt(x: Words, p: number): Address {
  return addressAt(x, p + 1, StrkeyVersion.contract);
}

/** The account or contract that the ScVal at `p` is the address of. */
function partyAt(x: Words, p: number): Address | null {
  return x[p] === ScValType.scvAddress && (x[p + 1] === ACCOUNT || x[p + 1] === CONTRACT) ? scAddressAt(x, p + 1) : null;
}

/** Where the value is of the contract data whose LedgerEntry is at `entry`, and which a change is of. */
export function valueOf(entry: number, { keyStart, keyEnd }: Change): number {
  // The entry has an extension point, then the fields of its key, then the value.
  return entryData(entry) + 1 + keyEnd - keyStart;
}

/** The amount of a balance: an i128, or the i128 `amount` of a map, which may have more members; null for any other value. */
export function balanceAt(x: Words, p: number): bigint | null {
  if (x[p] === ScValType.scvI128) return int128(x, p + 1);
  const amount = memberAt(mapAt(x, p), x, "amount");
  return amount !== undefined && x[amount] === ScValType.scvI128 ? int128(x, amount + 1) : null;
}

/** The first member of that name. */
function memberAt(members: ReturnType<typeof mapAt>, x: Words, name: string): number | undefined {
  return members?.find(({ key }) => symbolAt(x, key) === name)?.val;
}

/**
 * The allowance of a value: a map with `amount` (i128) and `live_until_ledger` (OpenZeppelin and asset contracts) or else
 * `expiration_ledger` (the example), a u32; null for any other.
 */
export function allowanceAt(x: Words, p: number): AllowanceValue | null {
  const members = mapAt(x, p);
  const amount = memberAt(members, x, "amount");
  const until = memberAt(members, x, "live_until_ledger") ?? memberAt(members, x, "expiration_ledger");
  if (amount === undefined || until === undefined || x[amount] !== ScValType.scvI128 || x[until] !== ScValType.scvU32) return null;
  return { amount: int128(x, amount + 1), liveUntilLedger: x[until + 1]! >>> 0 };
}
