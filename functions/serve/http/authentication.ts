import { createHash, createPublicKey, type KeyObject, timingSafeEqual, verify } from "node:crypto";
import { WalletError } from "../../shared/errors.ts";
import { decodeStrkey, StrkeyVersion } from "../../shared/strkey.ts";
import type { HttpRequest } from "./request.ts";

interface AuthenticationOptions {
  /** `G…` keys that may sign; an empty list turns authentication off. */
  publicKeys: readonly string[];
  /** Longest life of a token, seconds. */
  maxLifetime: number;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** Who signed, or why it is refused (for the log only: the client gets the same response for every refusal). */
type Verdict = { key: string } | { refused: string };

/** Checks a request's token; null when authentication is off. */
export type Authenticate = ((request: HttpRequest) => Verdict) | null;

/** DER of an Ed25519 public key up to the key itself (RFC 8410). */
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

/** A key of `CLIENT_AUTH_PUBLIC_KEYS`. @throws WalletError CONFIG_INVALID: the function does not start */
function publicKey(text: string): KeyObject {
  const bytes = decodeStrkey(text);
  if (bytes === null || bytes.length !== 33 || bytes[0] !== StrkeyVersion.account) {
    throw new WalletError("CONFIG_INVALID", `CLIENT_AUTH_PUBLIC_KEYS holds ${text}, which is no G… key. Correct it or remove it.`);
  }
  return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, bytes.subarray(1)]), format: "der", type: "spki" });
}

/**
 * Checks Ed25519 JSON web tokens (RFC 7519) bound to method, path and body, as clients of the reference implementation sign them. Cheap claims come
 * first, the signature last.
 */
export function createAuthenticate({ publicKeys, maxLifetime, now }: AuthenticationOptions): Authenticate {
  if (publicKeys.length === 0) return null;
  const keys = new Map(publicKeys.map((text) => [text, publicKey(text)]));
  return (request) => {
    const header = request.headers.authorization;
    if (header === undefined || header === "") return refuse("missing header");
    if (!header.startsWith("Bearer ")) return refuse("header malformed");
    const token = readToken(header.slice("Bearer ".length));
    if (token === null) return refuse("token malformed");
    const { algorithm, claims, signed, signature } = token;
    const key = typeof claims.sub === "string" ? keys.get(claims.sub) : undefined;
    if (key === undefined) return refuse("subject not expected");
    const [expires, issued, notBefore] = [seconds(claims.exp), seconds(claims.iat), seconds(claims.nbf)];
    if (expires === "malformed" || issued === "malformed" || notBefore === "malformed") return refuse("token malformed");
    if (expires === null) return refuse("expiration not set");
    if (issued === null) return refuse("issuance not set");
    const time = now() / 1000;
    if (expires > time + maxLifetime) return refuse("expiration too long");
    if (expires - issued > maxLifetime) return refuse("exp-iat too long");
    if (!equal(claims.methodAndPath, `${request.method} ${request.target}`)) return refuse("method-and-path mismatch");
    if (!equal(claims.bodyHash, createHash("sha256").update(request.body).digest("hex"))) return refuse("body hash mismatch");
    if (algorithm !== "EdDSA") return refuse("alg unavailable");
    if (!verify(null, signed, key, signature)) return refuse("signature invalid");
    if (time >= expires) return refuse("expired");
    if (notBefore !== null && time < notBefore) return refuse("not valid yet");
    return { key: String(claims.sub) };
  };
}

function refuse(reason: string): Verdict {
  return { refused: reason };
}

/** Compares in constant time for texts of one length. */
function equal(claim: unknown, expected: string): boolean {
  if (typeof claim !== "string") return false;
  const [left, right] = [Buffer.from(claim), Buffer.from(expected)];
  return left.length === right.length && timingSafeEqual(left, right);
}

interface Token {
  algorithm: unknown;
  claims: Record<string, unknown>;
  signed: Buffer;
  signature: Buffer;
}

function readToken(token: string): Token | null {
  const parts = token.split(".");
  if (parts.length !== 3 || !parts.every((part, at) => /^[A-Za-z0-9_-]+$/.test(part) || (at === 2 && part === ""))) return null;
  const [header, claims] = [readObject(parts[0]!), readObject(parts[1]!)];
  if (header === null || claims === null) return null;
  return { algorithm: header.alg, claims, signed: Buffer.from(`${parts[0]}.${parts[1]}`), signature: Buffer.from(parts[2]!, "base64url") };
}

function readObject(part: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** A NumericDate: a number, or one in a string; fractions are cut. */
function seconds(value: unknown): number | null | "malformed" {
  if (value === undefined || value === null) return null;
  const number = typeof value === "string" && /^-?\d+(\.\d*)?([eE][+-]?\d+)?$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? Math.trunc(number) : "malformed";
}
