import type { Signer } from "./signer.ts";

/** A token lives so long; the backend allows three times as much. */
const LIFETIME_SECONDS = 5;

const text = new TextEncoder();

function base64Url(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

const HEADER = base64Url(text.encode('{"alg":"EdDSA","typ":"JWT"}'));

/**
 * The value of the `Authorization` header for one request: a JWT over method, path and body (graphql-api section 6).
 * @param path with its query, as it stands on the request line
 * @param now milliseconds since 1970
 */
export async function authorization(signer: Signer, method: string, path: string, body: string, now: number): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", text.encode(body)));
  const bodyHash = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const iat = Math.floor(now / 1000);
  const claims = { bodyHash, methodAndPath: `${method} ${path}`, sub: signer.publicKey, exp: iat + LIFETIME_SECONDS, iat };
  const signed = `${HEADER}.${base64Url(text.encode(JSON.stringify(claims)))}`;
  return `Bearer ${signed}.${base64Url(await signer.sign(text.encode(signed)))}`;
}
