import type { Address } from "./address.ts";
import { encodeStrkey } from "../strkey.ts";
import { fail, type Words } from "./words.ts";

class InternedAddress implements Address {
  readonly bytes: Uint8Array;
  #text: string | null = null;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get text(): string {
    return (this.#text ??= encodeStrkey(this.bytes));
  }
}

/** A ledger names some thousand addresses many times each; a table with this many is given up for a new one. */
const MAX_INTERNED = 1 << 17;

/** The addresses that a reader has met, one object each: equal addresses of one table are the same object. */
export class AddressTable {
  #slots: number;
  #table: (InternedAddress | undefined)[];
  /** The eight key words of each slot, so that a look-up compares numbers. */
  #keys: Int32Array;
  /** The version byte of each slot; 0: the slot is free. */
  #versions: Uint8Array;
  #used = 0;
  /** Computed ids and shapes without a 32-byte key, by their bytes as a latin1 string. */
  readonly #rare = new Map<string, InternedAddress>();

  /** @param slots a power of two; the table grows with its addresses */
  constructor(slots = 256) {
    this.#slots = slots;
    this.#table = new Array(slots);
    this.#keys = new Int32Array(slots * 8);
    this.#versions = new Uint8Array(slots);
  }

  /** Is it time for a new table? */
  get isFull(): boolean {
    return this.#used + this.#rare.size >= MAX_INTERNED;
  }

  /** The address with a 32-byte key that stands at word `p`. */
  at(x: Words, p: number, version: number): Address {
    const mask = this.#slots - 1;
    const keys = this.#keys;
    const versions = this.#versions;
    let slot = hash(x[p]!, x[p + 7]!, version) & mask;
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
        return this.#table[slot]!;
      }
      slot = (slot + 1) & mask;
    }
    // Beyond the end there is no key, nor in a closed ledger.
    if (p + 8 > x.length) fail("address", p);
    const bytes = new Uint8Array(33);
    bytes[0] = version;
    const view = new DataView(bytes.buffer);
    for (let i = 0; i < 8; i++) view.setInt32(1 + i * 4, x[p + i]!);
    return this.#add(slot, bytes);
  }

  /** An address from its bytes (version byte and payload); for computed ids and shapes without a 32-byte key. */
  fromBytes(bytes: Uint8Array): Address {
    const key = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
    let address = this.#rare.get(key);
    if (!address) {
      const own = Uint8Array.from(bytes);
      address = bytes.length === 33 ? this.#intern(own) : new InternedAddress(own);
      this.#rare.set(key, address);
    }
    return address;
  }

  /** As `at`, for a key that stands in no ledger. */
  #intern(bytes: Uint8Array): InternedAddress {
    const view = new DataView(bytes.buffer, bytes.byteOffset, 33);
    const mask = this.#slots - 1;
    let slot = hash(view.getInt32(1), view.getInt32(29), bytes[0]!) & mask;
    while (this.#versions[slot] !== 0) {
      const found = this.#table[slot]!;
      if (Buffer.compare(found.bytes, bytes) === 0) return found;
      slot = (slot + 1) & mask;
    }
    return this.#add(slot, bytes);
  }

  #add(slot: number, bytes: Uint8Array): InternedAddress {
    const address = new InternedAddress(bytes);
    this.#put(slot, address);
    if (++this.#used * 2 > this.#slots) this.#grow();
    return address;
  }

  #put(slot: number, address: InternedAddress): void {
    const view = new DataView(address.bytes.buffer, address.bytes.byteOffset, 33);
    this.#table[slot] = address;
    this.#versions[slot] = address.bytes[0]!;
    for (let i = 0; i < 8; i++) this.#keys[slot * 8 + i] = view.getInt32(1 + i * 4);
  }

  #grow(): void {
    const old = this.#table;
    this.#slots *= 2;
    this.#table = new Array(this.#slots);
    this.#keys = new Int32Array(this.#slots * 8);
    this.#versions = new Uint8Array(this.#slots);
    const mask = this.#slots - 1;
    for (const address of old) {
      if (!address) continue;
      const view = new DataView(address.bytes.buffer, address.bytes.byteOffset, 33);
      let slot = hash(view.getInt32(1), view.getInt32(29), address.bytes[0]!) & mask;
      while (this.#versions[slot] !== 0) slot = (slot + 1) & mask;
      this.#put(slot, address);
    }
  }
}

function hash(first: number, last: number, version: number): number {
  return Math.imul(first ^ version, 0x9e3779b1) ^ last;
}
