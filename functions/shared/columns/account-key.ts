/**
 * Account keys: `account_links.account_key`. bigint: the first 8 bytes, big-endian and signed, of SHA-256 over the database's secret
 * (`account_key_secret`) and the address (version byte and whole payload). Nobody who does not know the secret can make an address whose
 * key is that of another account (docs/decisions/0001-account-keys.md). Two keys may be equal by chance, so serve compares the addresses in
 * what it finds.
 *
 * Ingest writes it as two 32-bit halves, serve asks for it as decimal text; in SQL it is `account_key(address)`.
 */

import { hash } from "node:crypto";
import { int32At } from "./int32-at.ts";

/** Version byte and payload of the longest strkey: a signed payload (SEP-23). */
const LONGEST_ADDRESS = 1 + 32 + 4 + 64;

/** Makes the keys of one database. Holds its buffer, so that a key costs one hash and no copy of the secret. */
export class AccountKeyMaker {
  readonly #input: Buffer;
  readonly #start: number;

  /** @param secret `account_key_secret.secret` */
  constructor(secret: Uint8Array) {
    this.#start = secret.length;
    this.#input = Buffer.alloc(secret.length + LONGEST_ADDRESS);
    this.#input.set(secret);
  }

  /** The key of an address (version byte and payload) in two signed halves. */
  halves(address: Uint8Array): { high: number; low: number } {
    const digest = this.#digest(address);
    return { high: int32At(digest, 0), low: int32At(digest, 4) };
  }

  /** The key as decimal text. */
  text(address: Uint8Array): string {
    return this.#digest(address).readBigInt64BE(0).toString();
  }

  #digest(address: Uint8Array): Buffer {
    this.#input.set(address, this.#start);
    return hash("sha256", this.#input.subarray(0, this.#start + address.length), "buffer");
  }
}
