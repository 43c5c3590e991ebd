/**
 * Constants of the format of `transactions.payload`, which encoder and decoder share. docs/history-format.md describes the format as a
 * whole, and what of it may change.
 */

import { StrkeyVersion } from "../../strkey.ts";
import type { RecordEnvelope, RecordStateChange } from "./record.ts";

/** The first byte of a payload. */
export const PAYLOAD_FORMAT = 1;

/** The last bytes of a payload: CRC-32 (that of zlib and gzip, RFC 1952) of all before them, big-endian. */
export const CHECKSUM_BYTES = 4;

/** Bits 0 and 1 of the second byte: the place in this list. */
export const ENVELOPE_TYPES = ["v0", "v1", "feeBump"] as const satisfies readonly RecordEnvelope["type"][];
/** Bit 2 of the second byte: the signatures are there. Bits 4 to 7 are 0. */
export const HAS_SIGNATURES = 4;
/** Bit 3 of the second byte: state changes of the stream `TOKEN_EVENTS` are there. */
export const HAS_TOKEN_EVENTS = 8;

/**
 * Strkey versions of addresses whose 32 bytes may be a reference into the transaction's XDR, by number. An address that is no reference
 * is written out.
 */
export const REFERENCE_VERSIONS = [StrkeyVersion.account, StrkeyVersion.contract, StrkeyVersion.liquidityPool] as const;
/**
 * Instead of such a number: an address that is in no XDR. Offset 0 is the contract of XLM; another is the place of the operation that
 * created the claimable balance (created-balance.ts).
 */
export const COMPUTED_REFERENCE = 3;

/** The low five bits of a state change's first byte are the number of its kind; 0: category and reason follow as texts. */
export const KIND_MASK = 31;
/**
 * Above the kind: the counterparty follows token and amount. Without them the change is the mirror of the one before it: of the same
 * operation, token and amount and with the next id, account and counterparty the other way round; none of these follows.
 */
export const HAS_COUNTERPARTY = 32;
/** Above the kind: token and amount follow. */
export const HAS_TOKEN_AND_AMOUNT = 64;
/** Above the kind: members of `RARE_FIELDS` follow. */
export const HAS_RARE = 128;

/** Ids of state changes are a stream's number times this, and an ordinal. */
export const STREAM = 2 ** 28;
/** The number in ids that says that the stream's own is written behind it. */
export const HIGH_STREAM = 7;
/**
 * The stream of the changes that events in the shape of SEP-41 tell of, whatever emitted them: they are shown of contracts alone whose code
 * was a token's (docs/indexing.md). It has a short number in ids.
 */
export const TOKEN_EVENTS = 4_096;
export const TOKEN_EVENTS_NUMBER = 4;
/** The first id of that stream, less 1. */
export const TOKEN_EVENTS_BASE = TOKEN_EVENTS * STREAM;

/** Is the change one that a token's events tell of? */
export function isToldByEvents({ stateChangeId }: { stateChangeId: number }): boolean {
  return Math.floor(stateChangeId / STREAM) === TOKEN_EVENTS;
}
/** Ids are below 2^53. */
export const LAST_STREAM = 2 ** 25 - 1;

/** The members that most state changes lack, in the order of their bits. Append only, with a new format. */
export const RARE_FIELDS = [
  { name: "tokenId", type: "address" },
  { name: "amount", type: "text" },
  { name: "signer", type: "address" },
  { name: "spender", type: "address" },
  { name: "creator", type: "address" },
  { name: "destination", type: "address" },
  { name: "liquidityPoolId", type: "text" },
  { name: "signerWeightOld", type: "integer" },
  { name: "signerWeightNew", type: "integer" },
  { name: "threshold", type: "text" },
  { name: "thresholdOld", type: "integer" },
  { name: "thresholdNew", type: "integer" },
  { name: "trustlineLimitOld", type: "text" },
  { name: "trustlineLimitNew", type: "text" },
  { name: "flags", type: "integer" },
  { name: "dataEntryName", type: "text" },
  { name: "keyValue", type: "json" },
  { name: "toMuxedId", type: "text" },
  { name: "counterparty", type: "address" },
] as const satisfies readonly { name: keyof RecordStateChange<never>; type: "address" | "integer" | "text" | "json" }[];
