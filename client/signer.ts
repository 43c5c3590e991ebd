import { decodeSeed, encodePublicKey } from "./strkey.ts";

/** Who signs requests. `createSigner` makes one of a secret seed; a wallet with a key store brings its own. */
export interface Signer {
  /** `G…`; one of the backend's CLIENT_AUTH_PUBLIC_KEYS. */
  readonly publicKey: string;
  /** An Ed25519 signature of the bytes, 64 bytes. */
  sign(bytes: Uint8Array): Promise<Uint8Array>;
}

/** An Ed25519 private key as PKCS #8 is this and the 32 secret bytes (RFC 8410). */
const PKCS8_PREFIX = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/**
 * A signer of a secret seed, by WebCrypto.
 * @param seed `S…` (SEP-23)
 * @throws ArgumentError when it is no seed; the text of the seed is in no message
 */
export async function createSigner(seed: string): Promise<Signer> {
  const pkcs8 = Uint8Array.from([...PKCS8_PREFIX, ...decodeSeed(seed)]);
  const key = await crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", true, ["sign"]);
  const { x } = await crypto.subtle.exportKey("jwk", key);
  return {
    publicKey: encodePublicKey(fromBase64Url(x!)),
    async sign(bytes) {
      return new Uint8Array(await crypto.subtle.sign("Ed25519", key, bytes as Uint8Array<ArrayBuffer>));
    },
  };
}

function fromBase64Url(text: string): Uint8Array {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
}
