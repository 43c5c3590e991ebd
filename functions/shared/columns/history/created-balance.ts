import { hash as digest } from "node:crypto";
import { StrkeyVersion } from "../../strkey.ts";
import type { RecordEnvelope } from "./record.ts";

/** No transaction's XDR is shorter than what is read of it here. */
const SHORTEST_TRANSACTION = 56;
const KEY_BYTES = 32;
/** The union arms `ENVELOPE_TYPE_OP_ID` of HashIDPreimage and `PUBLIC_KEY_TYPE_ED25519` of AccountID. */
const PREIMAGE_HEAD = Buffer.of(0, 0, 0, 6, 0, 0, 0, 0);
/** A claimable balance's version byte and its type, of the only type there is (`CLAIMABLE_BALANCE_ID_TYPE_V0`). */
const ADDRESS_HEAD = Buffer.of(StrkeyVersion.claimableBalance, 0);

/**
 * The claimable balances that the operations of one transaction create (CAP-23): the id of each is the SHA-256 of the transaction's source
 * account, its sequence number and the operation's index.
 */
export class CreatedBalances {
  /** HashIDPreimage: head, key, sequence number, index. */
  readonly #preimage = Buffer.alloc(PREIMAGE_HEAD.length + KEY_BYTES + 8 + 4);

  /**
   * @param type of the transaction's envelope
   * @param xdr `TransactionV0` or `Transaction`, `hasSource`
   */
  constructor(type: RecordEnvelope["type"], xdr: Uint8Array) {
    // A V0 transaction begins with the bare key, a muxed source has its id before the key. Between source and sequence number is the fee.
    const key = type === "v0" ? 0 : xdr[2] === 0 ? 4 : 12;
    const sequence = key + KEY_BYTES + 4;
    this.#preimage.set(PREIMAGE_HEAD);
    this.#preimage.set(xdr.subarray(key, key + KEY_BYTES), PREIMAGE_HEAD.length);
    this.#preimage.set(xdr.subarray(sequence, sequence + 8), PREIMAGE_HEAD.length + KEY_BYTES);
  }

  /** Is the XDR long enough to have a source and a sequence number? */
  static hasSource(xdr: Uint8Array): boolean {
    return xdr.length >= SHORTEST_TRANSACTION;
  }

  /**
   * The address of a balance: version byte and payload.
   * @param place of the operation in the transaction, from 1
   */
  address(place: number): Buffer {
    return Buffer.concat([ADDRESS_HEAD, this.#id(place)]);
  }

  /** Is that of the operation the one with this address? */
  isAddress(place: number, address: Uint8Array): boolean {
    if (address.length !== ADDRESS_HEAD.length + 32 || address[0] !== ADDRESS_HEAD[0] || address[1] !== ADDRESS_HEAD[1]) return false;
    return this.#id(place).compare(address, ADDRESS_HEAD.length) === 0;
  }

  #id(place: number): Buffer {
    this.#preimage.writeUInt32BE(place - 1, this.#preimage.length - 4);
    return digest("sha256", this.#preimage, "buffer");
  }
}
