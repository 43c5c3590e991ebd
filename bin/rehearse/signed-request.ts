import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { encodeStrkey, StrkeyVersion } from "../../functions/shared/strkey.ts";

/** A client with an Ed25519 key, as the API authenticates it. */
export interface Client {
  /** `G…`, for CLIENT_AUTH_PUBLIC_KEYS. */
  address: string;
  /** The Authorization header of one request. */
  authorize(method: string, path: string, body: string): string;
}

const LIFETIME_SECONDS = 10;

export function createClient(): Client {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const raw = publicKey.export({ format: "der", type: "spki" }).subarray(-32);
  const address = encodeStrkey(Buffer.concat([Buffer.from([StrkeyVersion.account]), raw]));
  return { address, authorize: (method, path, body) => `Bearer ${token(privateKey, address, `${method} ${path}`, body)}` };
}

function token(key: KeyObject, sub: string, methodAndPath: string, body: string): string {
  const iat = Math.floor(Date.now() / 1000);
  const bodyHash = createHash("sha256").update(body).digest("hex");
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");
  const signed = `${encode({ alg: "EdDSA", typ: "JWT" })}.${encode({ sub, iat, exp: iat + LIFETIME_SECONDS, methodAndPath, bodyHash })}`;
  return `${signed}.${sign(null, Buffer.from(signed), key).toString("base64url")}`;
}
