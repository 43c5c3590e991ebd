import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import type { HttpRequest } from "../../functions/serve/http/request.ts";
import { createAuthenticate } from "../../functions/serve/http/authentication.ts";
import { WalletError } from "../../functions/shared/errors.ts";
import { bodyHash, encodePart, signerOf, signToken } from "../fixtures/tokens.ts";

/** The contract's worked example (graphql-api 6.3), made with the peer's own signer. */
const BODY =
  '{"query":"query AccountByAddress($address: String!) { accountByAddress(address: $address) { address } }","variables":{"address":"GBKXI3TVO5NCLCHN4B7NNQ2BYVRPL2EQEKE3NZRJ6XU3FPXHEFQXFGIW"}}';
const TOKEN =
  "eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCJ9.eyJib2R5SGFzaCI6ImIxYjE0NzAzYTIwODdhOGI5OWZmZjM2NDEzNTg5Y2M5MDY4OTA3MzVhYzVjMTg2ZGFhMDllNDE4NTcxN2QzNGEiLCJtZXRob2RBbmRQYXRoIjoiUE9TVCAvZ3JhcGhxbC9xdWVyeSIsInN1YiI6IkdCNDNLVlJPUjdURko2S0FQQ1lSRjJGSlJPVFpBSDRGSExUSkxQV1g0RFJaQ0M1TkFTTEdJVFI2IiwiZXhwIjoxNzAwMDAwMDA1LCJpYXQiOjE3MDAwMDAwMDB9.LW9ud9SYhqpGClim91rb_AEt3oeCjq6VyS5sO19DVIxrbLHPByO4UTHNc-CDjbQCGzVfFEPm67NY9qXrkb8CCQ";
const NOW = 1_700_000_000;
const LIMIT = 15;

const one = signerOf(Buffer.from(Array.from({ length: 32 }, (_, i) => i + 1)));
const two = signerOf(Buffer.from(Array.from({ length: 32 }, (_, i) => i + 2)));
const stranger = signerOf(Buffer.alloc(32, 9));

interface Attempt {
  body?: string | Buffer;
  method?: string;
  target?: string;
  /** Seconds. */
  now?: number;
  authorization?: string;
}

/** "accepted", or the reason that the log gets. */
function verdict({ body = BODY, method = "POST", target = "/graphql/query", now = NOW, authorization }: Attempt): string {
  const authenticate = createAuthenticate({ publicKeys: [one.publicKey, two.publicKey], maxLifetime: LIMIT, now: () => now * 1000 })!;
  const [path = "", query = ""] = target.split("?");
  const headers = authorization === undefined ? {} : { authorization };
  const request: HttpRequest = { method, path, query, target, headers, body: Buffer.from(body), id: "test" };
  const found = authenticate(request);
  return "key" in found ? "accepted" : found.refused;
}

const CLAIMS = { bodyHash: bodyHash(BODY), methodAndPath: "POST /graphql/query", sub: one.publicKey, exp: NOW + 5, iat: NOW };
const bearer = (claims: unknown, signer = one, header?: object): string => `Bearer ${signToken(signer, claims, header)}`;
const signed = (change: object, signer = one): Attempt => ({ authorization: bearer({ ...CLAIMS, ...change }, signer) });

test("the keys and the token of the worked example come out byte for byte", () => {
  assert.equal(one.publicKey, "GB43KVROR7TFJ6KAPCYRF2FJROTZAH4FHLTJLPWX4DRZCC5NASLGITR6");
  assert.equal(two.publicKey, "GBB43QBD2IWV7HQQPUNANE2FPU25DUIOW7JBY4QRSL2W6XPEAZS5GWEM");
  assert.equal(CLAIMS.bodyHash, "b1b14703a2087a8b99fff36413589cc906890735ac5c186daa09e4185717d34a");
  assert.equal(signToken(one, CLAIMS), TOKEN);
});

const EXAMPLE = `Bearer ${TOKEN}`;
/** Every row: what is sent, and what must become of it. Source: graphql-api 6.2 and 6.3. */
const MATRIX: readonly [name: string, attempt: Attempt, expected: string][] = [
  // The worked example at other clocks and requests.
  ...[0, 1, 2, 3, 4].map((later): [string, Attempt, string] => [
    `example, ${later} s after its making`,
    { authorization: EXAMPLE, now: NOW + later },
    "accepted",
  ]),
  ["example, at its expiry", { authorization: EXAMPLE, now: NOW + 5 }, "expired"],
  ["example, 16 s before its expiry", { authorization: EXAMPLE, now: NOW - 11 }, "expiration too long"],
  ["example, 15 s before its expiry", { authorization: EXAMPLE, now: NOW - 10 }, "accepted"],
  ["example with another body", { authorization: EXAMPLE, body: BODY.replace("B7", "B8") }, "body hash mismatch"],
  ["example with a byte more", { authorization: EXAMPLE, body: `${BODY} ` }, "body hash mismatch"],
  ["example as GET", { authorization: EXAMPLE, method: "GET" }, "method-and-path mismatch"],
  ["example with a query string", { authorization: EXAMPLE, target: "/graphql/query?x=1" }, "method-and-path mismatch"],
  // The header.
  ["no header", {}, "missing header"],
  ["empty header", { authorization: "" }, "missing header"],
  ["another scheme", { authorization: `Basic ${TOKEN}` }, "header malformed"],
  ["lower-case scheme", { authorization: `bearer ${TOKEN}` }, "header malformed"],
  ["two spaces", { authorization: `Bearer  ${TOKEN}` }, "token malformed"],
  ["no token", { authorization: "Bearer " }, "token malformed"],
  ["two parts", { authorization: `Bearer ${TOKEN.split(".").slice(0, 2).join(".")}` }, "token malformed"],
  ["four parts", { authorization: `Bearer ${TOKEN}.x` }, "token malformed"],
  ["padded base64", { authorization: `Bearer ${TOKEN}=` }, "token malformed"],
  ["claims that are no JSON", { authorization: bearer("{") }, "token malformed"],
  ["claims that are no object", { authorization: bearer([1]) }, "token malformed"],
  // The signer.
  ["second key", signed({ sub: two.publicKey }, two), "accepted"],
  ["subject that is not configured", signed({ sub: stranger.publicKey }, stranger), "subject not expected"],
  ["no subject", signed({ sub: undefined }), "subject not expected"],
  ["subject of key 1 signed by key 2", signed({}, two), "signature invalid"],
  ["signature cut", { authorization: EXAMPLE.slice(0, -4) }, "signature invalid"],
  ["signature of nothing", { authorization: EXAMPLE.slice(0, EXAMPLE.lastIndexOf(".") + 1) }, "signature invalid"],
  // Times.
  ["exp = now + 15", signed({ exp: NOW + 15 }), "accepted"],
  ["exp = now + 16", signed({ exp: NOW + 16, iat: NOW + 1 }), "expiration too long"],
  ["exp - iat = 15", signed({ exp: NOW + 10, iat: NOW - 5 }), "accepted"],
  ["exp - iat = 16", signed({ exp: NOW + 10, iat: NOW - 6 }), "exp-iat too long"],
  ["no exp", signed({ exp: undefined }), "expiration not set"],
  ["no iat", signed({ iat: undefined }), "issuance not set"],
  ["exp as a string", signed({ exp: String(NOW + 5) }), "accepted"],
  ["exp with a fraction", signed({ exp: NOW + 5.9 }), "accepted"],
  ["exp with a fraction, cut to the second", { ...signed({ exp: NOW + 5.9 }), now: NOW + 5.5 }, "expired"],
  ["exp that is no number", signed({ exp: "soon" }), "token malformed"],
  ["exp in hexadecimal", signed({ exp: `0x${(NOW + 5).toString(16)}` }), "token malformed"],
  ["exp that is a boolean", signed({ exp: true }), "token malformed"],
  ["iat in the future", signed({ iat: NOW + 4 }), "accepted"],
  ["iat after exp", signed({ iat: NOW + 100 }), "accepted"],
  ["nbf in the past", signed({ nbf: NOW }), "accepted"],
  ["nbf in the future", signed({ nbf: NOW + 1 }), "not valid yet"],
  ["expired a second ago", signed({ exp: NOW - 1, iat: NOW - 5 }), "expired"],
  // What is signed.
  ["upper-case body hash", signed({ bodyHash: CLAIMS.bodyHash.toUpperCase() }), "body hash mismatch"],
  ["no body hash", signed({ bodyHash: undefined }), "body hash mismatch"],
  ["no method and path", signed({ methodAndPath: undefined }), "method-and-path mismatch"],
  ["trailing space in the path", signed({ methodAndPath: "POST /graphql/query " }), "method-and-path mismatch"],
  ["absolute URL", signed({ methodAndPath: "POST https://api.example.com/graphql/query" }), "method-and-path mismatch"],
  ["signed query string", { ...signed({ methodAndPath: "POST /graphql/query?x=1" }), target: "/graphql/query?x=1" }, "accepted"],
  [
    "signed GET with an escaped query string",
    {
      ...signed({ methodAndPath: "GET /prod/graphql/query?query=%7B__typename%7D&x=a%20b", bodyHash: bodyHash("") }),
      method: "GET",
      target: "/prod/graphql/query?query=%7B__typename%7D&x=a%20b",
      body: "",
    },
    "accepted",
  ],
  ["extra claims", signed({ aud: "x", iss: "y", jti: "z", other: { a: 1 } }), "accepted"],
  // Algorithms.
  ["alg none", { authorization: bearer(CLAIMS, one, { alg: "none" }) }, "alg unavailable"],
  ["alg none without a signature", { authorization: `Bearer ${encodePart({ alg: "none" })}.${encodePart(CLAIMS)}.` }, "alg unavailable"],
  ["alg Ed25519", { authorization: bearer(CLAIMS, one, { alg: "Ed25519" }) }, "alg unavailable"],
  ["another typ", { authorization: bearer(CLAIMS, one, { alg: "EdDSA", typ: "other" }) }, "accepted"],
  ["no alg", { authorization: bearer(CLAIMS, one, {}) }, "alg unavailable"],
  ["alg HS256 keyed with the public key", { authorization: hs256() }, "alg unavailable"],
];

function hs256(): string {
  const text = `${encodePart({ alg: "HS256", typ: "JWT" })}.${encodePart(CLAIMS)}`;
  return `Bearer ${text}.${createHmac("sha256", one.publicKey).update(text).digest("base64url")}`;
}

for (const [name, attempt, expected] of MATRIX) {
  test(`token: ${name} → ${expected}`, () => {
    assert.equal(verdict(attempt), expected);
  });
}

test("a token works again until it expires", () => {
  const authenticate = createAuthenticate({ publicKeys: [one.publicKey], maxLifetime: LIMIT, now: () => NOW * 1000 })!;
  const request: HttpRequest = {
    method: "POST",
    path: "/graphql/query",
    query: "",
    target: "/graphql/query",
    headers: { authorization: EXAMPLE },
    body: Buffer.from(BODY),
    id: "",
  };
  assert.deepEqual([authenticate(request), authenticate(request)], [{ key: one.publicKey }, { key: one.publicKey }]);
});

test("no key turns authentication off, and a key that is none stops the start", () => {
  assert.equal(createAuthenticate({ publicKeys: [], maxLifetime: LIMIT, now: Date.now }), null);
  for (const key of ["GABC", "SAAQEAYEAUDAOCAJBIFQYDIOB4IBCEQTCQKRMFYYDENBWHA5DYPSBF5K", `${one.publicKey.slice(0, -1)}A`]) {
    assert.throws(
      () => createAuthenticate({ publicKeys: [key], maxLifetime: LIMIT, now: Date.now }),
      (error) => error instanceof WalletError && error.code === "CONFIG_INVALID",
    );
  }
});
