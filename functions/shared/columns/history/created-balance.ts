import { hash as digest } from "node:crypto";
import { StrkeyVersion } from "../../strkey.ts";
import type { RecordEnvelope } from "./record.ts";

/** No transaction's XDR is shorter than what `createdBalance` reads of it. */
export const SHORTEST_TRANSACTION = 56;

/** The union arms `ENVELOPE_TYPE_OP_ID` of HashIDPreimage and `PUBLIC_KEY_TYPE_ED25519` of AccountID. */
const PREIMAGE_HEAD = Buffer.of(0, 0, 0, 6, 0, 0, 0, 0);
const KEY_BYTES = 32;
/** The claimable balance's version byte and its type, of the only type there is (`CLAIMABLE_BALANCE_ID_TYPE_V0`). */
const ADDRESS_HEAD = Buffer.of(StrkeyVersion.claimableBalance, 0);

/**
 * The claimable balance that an operation creates (CAP-23): its id is the SHA-256 of the transaction's source account, its sequence number
 * and the operation's index.
 * @param type of the transaction's envelope
 * @param xdr `TransactionV0` or `Transaction`, at least `SHORTEST_TRANSACTION` bytes
 * @param place of the operation in the transaction, from 1
 * @returns version byte and payload
 */
export function createdBalance(type: RecordEnvelope["type"], xdr: Uint8Array, place: number): Buffer {
  // A V0 transaction begins with the bare key, a muxed source has its id before the key. Between source and sequence number is the fee.
  const key = type === "v0" ? 0 : xdr[2] === 0 ? 4 : 12;
  const sequence = key + KEY_BYTES + 4;
  const index = Buffer.alloc(4);
  index.writeUInt32BE(place - 1);
  const preimage = Buffer.concat([PREIMAGE_HEAD, xdr.subarray(key, key + KEY_BYTES), xdr.subarray(sequence, sequence + 8), index]);
  return Buffer.concat([ADDRESS_HEAD, digest("sha256", preimage, "buffer")]);
}
