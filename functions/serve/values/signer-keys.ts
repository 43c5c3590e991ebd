import { decodeStrkey, StrkeyVersion } from "../../shared/strkey.ts";

/** What kind of key signs, as the API names it. */
type SignerKeyType = "ED25519_PUBLIC_KEY" | "PRE_AUTH_TX" | "SHA256_HASH" | "ED25519_SIGNED_PAYLOAD";

const TYPES: ReadonlyMap<number, SignerKeyType> = new Map([
  [StrkeyVersion.account, "ED25519_PUBLIC_KEY"],
  [StrkeyVersion.preAuthTransaction, "PRE_AUTH_TX"],
  [StrkeyVersion.hashX, "SHA256_HASH"],
  [StrkeyVersion.signedPayload, "ED25519_SIGNED_PAYLOAD"],
]);

/** Longest strkey of a signer: P… with a payload of 64 bytes. */
const LONGEST = 165;

/** The bytes (version byte and payload) of a signer's key, `G…`, `T…`, `X…` or `P…`; null for anything else. */
export function signerKeyOf(text: string): Uint8Array | null {
  if (text.length > LONGEST) return null;
  const bytes = decodeStrkey(text);
  if (bytes === null || !TYPES.has(bytes[0]!)) return null;
  return bytes[0] === StrkeyVersion.signedPayload ? signedPayload(bytes) : bytes.length === 33 ? bytes : null;
}

/** A key, the length of a payload of 1 to 64 bytes, and the payload with zeros up to a multiple of 4 (SEP-23). */
function signedPayload(bytes: Uint8Array): Uint8Array | null {
  if (bytes.length < 38) return null;
  const length = Buffer.from(bytes.buffer, bytes.byteOffset).readUInt32BE(33);
  if (length === 0 || length > 64 || bytes.length !== 37 + Math.ceil(length / 4) * 4) return null;
  return bytes.subarray(37 + length).every((byte) => byte === 0) ? bytes : null;
}

/** The kind of a signer's key. @param key version byte and payload */
export function signerType(key: Uint8Array): SignerKeyType {
  return TYPES.get(key[0]!)!;
}
