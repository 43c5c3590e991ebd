import { accountKeyHigh, accountKeyLow } from "../../shared/columns/account-key.ts";
import type { Address } from "./address.ts";
import { encodeStrkey, StrkeyVersion } from "../../shared/strkey.ts";
import type { Words } from "./words.ts";

class InternedAddress implements Address {
  readonly bytes: Uint8Array;
  readonly keyHigh: number;
  readonly keyLow: number;
  #text: string | null = null;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.keyHigh = accountKeyHigh(bytes);
    this.keyLow = accountKeyLow(bytes);
  }

  get text(): string {
    return (this.#text ??= encodeStrkey(this.bytes));
  }
}

/** A ledger names some thousand addresses many times each; the table is dropped when a process has seen this many. */
const MAX_INTERNED = 1 << 17;

let slots = 1 << 14;
let table: (InternedAddress | undefined)[] = new Array(slots);
/** The eight key words of each slot, so that a look-up compares numbers. */
let keys = new Int32Array(slots * 8);
/** The version byte of each slot; 0: the slot is free. */
let versions = new Uint8Array(slots);
let used = 0;
const rare = new Map<string, InternedAddress>();

function clear(size: number): void {
  slots = size;
  table = new Array(slots);
  keys = new Int32Array(slots * 8);
  versions = new Uint8Array(slots);
}

function grow(): void {
  const old = table;
  const oldKeys = keys;
  const oldVersions = versions;
  clear(slots * 2);
  for (let i = 0; i < old.length; i++) {
    const version = oldVersions[i]!;
    if (version === 0) continue;
    let slot = hash(oldKeys[i * 8]!, oldKeys[i * 8 + 7]!, version);
    while (versions[slot] !== 0) slot = (slot + 1) & (slots - 1);
    table[slot] = old[i];
    versions[slot] = version;
    keys.set(oldKeys.subarray(i * 8, i * 8 + 8), slot * 8);
  }
}

function hash(first: number, last: number, version: number): number {
  return (Math.imul(first ^ version, 0x9e3779b1) ^ last) & (slots - 1);
}

/**
 * Frees the interned addresses of earlier ledgers when there are too many. Call between ledgers only.
 * @returns whether they were freed: whoever compares addresses by identity must then forget those that it holds
 */
export function trimAddresses(): boolean {
  if (used + rare.size < MAX_INTERNED) return false;
  clear(1 << 14);
  used = 0;
  rare.clear();
  return true;
}

/** The address with a 32-byte key that stands at word `p`. */
export function addressAt(x: Words, p: number, version: number): Address {
  let slot = hash(x[p]!, x[p + 7]!, version);
  while (versions[slot] !== 0) {
    const k = slot * 8;
    if (
      versions[slot] === version &&
      keys[k] === x[p] &&
      keys[k + 1] === x[p + 1] &&
      keys[k + 2] === x[p + 2] &&
      keys[k + 3] === x[p + 3] &&
      keys[k + 4] === x[p + 4] &&
      keys[k + 5] === x[p + 5] &&
      keys[k + 6] === x[p + 6] &&
      keys[k + 7] === x[p + 7]
    ) {
      return table[slot]!;
    }
    slot = (slot + 1) & (slots - 1);
  }
  const bytes = new Uint8Array(33);
  bytes[0] = version;
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < 8; i++) view.setInt32(1 + i * 4, x[p + i]!);
  const address = new InternedAddress(bytes);
  table[slot] = address;
  versions[slot] = version;
  keys.set(x.subarray(p, p + 8), slot * 8);
  if (++used * 2 > slots) grow();
  return address;
}

/** The `G…` address of a 32-byte key at word `p`. */
export function accountAt(x: Words, p: number): Address {
  return addressAt(x, p, StrkeyVersion.account);
}

/** An address from its bytes (version byte and payload); for computed ids and shapes without a 32-byte key. */
export function addressFromBytes(bytes: Uint8Array): Address {
  const key = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  let address = rare.get(key);
  if (!address) {
    address = bytes.length === 33 ? internBytes(bytes) : new InternedAddress(Uint8Array.from(bytes));
    rare.set(key, address);
  }
  return address;
}

function internBytes(bytes: Uint8Array): InternedAddress {
  const view = new DataView(bytes.buffer, bytes.byteOffset, 33);
  const words = new Int32Array(8);
  for (let i = 0; i < 8; i++) words[i] = view.getInt32(1 + i * 4);
  return addressAt(words, 0, bytes[0]!) as InternedAddress;
}

function muxed(x: Words, key: number, id: number): Address {
  const bytes = new Uint8Array(41);
  const view = new DataView(bytes.buffer);
  bytes[0] = StrkeyVersion.muxedAccount;
  for (let i = 0; i < 8; i++) view.setInt32(1 + i * 4, x[key + i]!);
  view.setInt32(33, x[id]!);
  view.setInt32(37, x[id + 1]!);
  return addressFromBytes(bytes);
}

/** A `MuxedAccount` reduced to its `G…` account. */
export function muxedToAccount(x: Words, p: number): Address {
  return accountAt(x, x[p] === 0 ? p + 1 : p + 3);
}

/** A `MuxedAccount` as written: `G…`, or `M…` when it carries an id. */
export function muxedAsWritten(x: Words, p: number): Address {
  return x[p] === 0 ? accountAt(x, p + 1) : muxed(x, p + 3, p + 1);
}

/** A claimable balance id (`ClaimableBalanceId` union at `p`) as `B…`: payload is the type byte and the 32-byte hash. */
export function claimableBalanceAt(x: Words, p: number): Address {
  const bytes = new Uint8Array(34);
  const view = new DataView(bytes.buffer);
  bytes[0] = StrkeyVersion.claimableBalance;
  bytes[1] = x[p]!;
  for (let i = 0; i < 8; i++) view.setInt32(2 + i * 4, x[p + 1 + i]!);
  return addressFromBytes(bytes);
}

/** An `ScAddress` union at `p` as `G…`, `C…`, `M…`, `B…` or `L…`. */
export function scAddressAt(x: Words, p: number): Address {
  switch (x[p]) {
    case 0:
      return accountAt(x, p + 2);
    case 1:
      return addressAt(x, p + 1, StrkeyVersion.contract);
    case 2:
      return muxed(x, p + 3, p + 1);
    case 3:
      return claimableBalanceAt(x, p + 1);
    default:
      return addressAt(x, p + 1, StrkeyVersion.liquidityPool);
  }
}

/** A `SignerKey` union at `p`: `G…`, `T…`, `X…`, or `P…` with its whole payload. */
export function signerKeyAt(x: Words, p: number): Address {
  switch (x[p]) {
    case 0:
      return accountAt(x, p + 1);
    case 1:
      return addressAt(x, p + 1, StrkeyVersion.preAuthTransaction);
    case 2:
      return addressAt(x, p + 1, StrkeyVersion.hashX);
    default: {
      const length = x[p + 9]! >>> 0;
      const words = 9 + Math.ceil(length / 4);
      const bytes = new Uint8Array(1 + words * 4);
      const view = new DataView(bytes.buffer);
      bytes[0] = StrkeyVersion.signedPayload;
      for (let i = 0; i < words; i++) view.setInt32(1 + i * 4, x[p + 1 + i]!);
      return addressFromBytes(bytes);
    }
  }
}
