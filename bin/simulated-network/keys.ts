import { createHash, createPrivateKey, createPublicKey, sign, type KeyObject } from "node:crypto";
import * as xdr from "@stellar/stellar-sdk/xdr";
import { encodeStrkey, StrkeyVersion } from "../../functions/shared/strkey.ts";

/** PKCS #8 wrapping of a raw ed25519 seed (RFC 8410). */
const PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");

/** SHA-256. */
export function sha256(...parts: (Uint8Array | string)[]): Buffer {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** Who owns an account of the simulated network: a real ed25519 key pair, so that signatures are real. */
export interface Party {
  /** `G…` */
  address: string;
  publicKey: Uint8Array;
  privateKey: KeyObject;
}

/** The key pair of a 32-byte ed25519 seed. */
export function party(seed: Uint8Array): Party {
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: "der", type: "pkcs8" });
  const publicKey = createPublicKey(privateKey).export({ format: "der", type: "spki" }).subarray(-32);
  return { address: encodeStrkey(Buffer.concat([Buffer.of(StrkeyVersion.account), publicKey])), publicKey, privateKey };
}

export function accountId({ publicKey }: Party): xdr.PublicKey {
  return xdr.PublicKey.publicKeyTypeEd25519(publicKey);
}

export function muxed({ publicKey }: Party): xdr.MuxedAccount {
  return xdr.MuxedAccount.keyTypeEd25519(publicKey);
}

/** Signs a transaction hash. */
export function signature(hash: Uint8Array, { privateKey, publicKey }: Party): xdr.DecoratedSignature {
  return new xdr.DecoratedSignature({ hint: publicKey.slice(28), signature: sign(null, hash, privateKey) });
}
