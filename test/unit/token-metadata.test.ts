import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test, type TestContext } from "node:test";
import * as xdr from "@stellar/stellar-sdk/xdr";
import { ContractIds } from "../../functions/ingest/ledger/contract-ids.ts";
import { createRpcClient } from "../../functions/ingest/source/rpc-client.ts";
import { callEnvelope, ContractCallError } from "../../functions/ingest/tokens/contract-call.ts";
import { assetOfName } from "../../functions/ingest/tokens/proven-asset.ts";
import { fetchTokenMetadata, type TokenMetadata } from "../../functions/ingest/tokens/token-metadata.ts";
import { tokenDecimals, tokenText } from "../../functions/ingest/tokens/token-values.ts";
import { WalletError } from "../../functions/shared/errors.ts";
import { encodeStrkey, StrkeyVersion } from "../../functions/shared/strkey.ts";
import { SANDBOX_PASSPHRASE, sandboxLedgers } from "../fixtures/sandbox-ledgers.ts";
import { peekHeader } from "../fixtures/stubs/ledger-header.ts";
import { startStubRpc, type StubRpcOptions } from "../fixtures/stubs/rpc.ts";

const contractId = createHash("sha256").update("a token").digest();
const contract = encodeStrkey(Buffer.concat([Buffer.from([StrkeyVersion.contract]), contractId]));
const ids = new ContractIds(createHash("sha256").update(SANDBOX_PASSPHRASE).digest());

const text = (value: string | Uint8Array): Buffer => Buffer.from(xdr.ScVal.scvString(value).toXdr());
const u32 = (value: number): Buffer => Buffer.from(xdr.ScVal.scvU32(value).toXdr());

test("the envelope of a call is what the SDK reads as that call, and nothing else", () => {
  const bytes = Buffer.from(callEnvelope(contractId, "decimals"), "base64");
  const envelope = xdr.TransactionEnvelope.fromXdr(bytes);
  assert.ok(Buffer.from(envelope.toXdr()).equals(bytes));
  assert.ok(envelope.type === "envelopeTypeTx");
  const { tx, signatures } = envelope.v1;
  assert.deepEqual([tx.operations.length, signatures.length, tx.cond.type, tx.memo.type], [1, 0, "precondNone", "memoNone"]);
  const [operation] = tx.operations;
  assert.ok(operation!.body.type === "invokeHostFunction");
  const { hostFunction, auth } = operation!.body.invokeHostFunctionOp;
  assert.ok(hostFunction.type === "hostFunctionTypeInvokeContract");
  const { contractAddress, functionName, args } = hostFunction.invokeContract;
  assert.ok(contractAddress.type === "scAddressTypeContract");
  assert.ok(Buffer.from(contractAddress.contractId.toXdr()).equals(contractId));
  assert.deepEqual([String(functionName), args.length, auth.length], ["decimals", 0, 0]);
});

test("texts are strings or symbols of valid UTF-8 within their bound", () => {
  assert.equal(tokenText(text("Schöne Münze"), "name", 128), "Schöne Münze");
  assert.equal(tokenText(Buffer.from(xdr.ScVal.scvSymbol("XYZ").toXdr()), "symbol", 32), "XYZ");
  assert.equal(tokenText(text("x".repeat(128)), "name", 128).length, 128);
  assert.equal(tokenText(text(""), "name", 128), "");
});

const hostileTexts: [string, Uint8Array, RegExp][] = [
  ["NUL", text("a\0b"), /has a NUL/],
  ["invalid UTF-8", text(Uint8Array.of(0x41, 0xff, 0xfe)), /no UTF-8/],
  ["an overlong form of UTF-8", text(Uint8Array.of(0xc0, 0x80)), /no UTF-8/],
  ["half a surrogate pair", text(Uint8Array.of(0xed, 0xa0, 0x80)), /no UTF-8/],
  ["one byte too many", text("x".repeat(129)), /129 bytes are more than 128/],
  ["megabytes", text(Buffer.alloc(3 << 20, "x")), /3145728 bytes are more than 128/],
  ["a number", u32(7), /no text/],
  ["bytes", Buffer.from(xdr.ScVal.scvBytes(Buffer.from("abc")).toXdr()), /no text/],
  ["nothing", Buffer.alloc(0), /no ScVal/],
  ["a length beyond the end", text("abcdefgh").subarray(0, 12), /no ScVal/],
  ["trailing bytes", Buffer.concat([text("abc"), Buffer.alloc(4)]), /no ScVal/],
  ["an odd number of bytes", text("abc").subarray(0, 11), /no ScVal/],
  ["an unknown type", Buffer.from([0, 0, 0, 99]), /no ScVal/],
  ["padding that is not zero", Buffer.from("0000000e0000000161ffffff", "hex"), /no ScVal/],
];
for (const [name, bytes, message] of hostileTexts) {
  test(`a text with ${name} is refused`, () => {
    assert.throws(() => tokenText(bytes, "name", 128), { name: "ContractCallError", message });
  });
}

test("values nested thousands of times deep are refused, not followed", () => {
  const deep = Buffer.concat([...Array.from({ length: 5000 }, () => Buffer.from([0, 0, 0, 16, 0, 0, 0, 1, 0, 0, 0, 1])), u32(1)]);
  assert.throws(() => tokenText(deep, "name", 128), ContractCallError);
});

test("decimals are a u32 of at most 70", () => {
  for (const value of [0, 7, 18, 70]) assert.equal(tokenDecimals(u32(value)), value);
  for (const value of [71, 2 ** 31, 0xffffffff]) assert.throws(() => tokenDecimals(u32(value)), /is more than 70/);
  assert.throws(() => tokenDecimals(text("7")), /no u32/);
  assert.throws(() => tokenDecimals(Buffer.from(xdr.ScVal.scvI32(-1).toXdr())), /no u32/);
});

/** What a contract that answers with these values is read as. */
async function fetchFrom(
  t: TestContext,
  answers: Record<string, Uint8Array>,
  options: { hasDecimals?: boolean; stub?: Partial<StubRpcOptions>; limit?: number } = {},
): Promise<TokenMetadata> {
  const rpc = await startStubRpc({
    passphrase: SANDBOX_PASSPHRASE,
    ledgers: sandboxLedgers(1),
    simulate: (call) =>
      call.contract === contract && answers[call.function]
        ? { value: Buffer.from(answers[call.function]!).toString("base64") }
        : { failure: "HostError: Error(Storage, MissingValue)" },
    ...options.stub,
  });
  t.after(() => rpc.stop());
  const client = createRpcClient({ url: rpc.url, attempts: 1, timeoutMs: 2000, ...(options.limit && { limit: options.limit }) });
  return fetchTokenMetadata(client, contract, options.hasDecimals ?? true, AbortSignal.timeout(5000));
}

test("a token is read with three calls", async (t) => {
  assert.deepEqual(await fetchFrom(t, { name: text("Token"), symbol: text("TOK"), decimals: u32(18) }), {
    name: "Token",
    symbol: "TOK",
    decimals: 18,
    ledger: peekHeader(sandboxLedgers(1)[0]!).sequence,
  });
});

test("NFTs have no decimals", async (t) => {
  assert.partialDeepStrictEqual(await fetchFrom(t, { name: text("Cards"), symbol: text("CARD") }, { hasDecimals: false }), {
    name: "Cards",
    decimals: null,
  });
});

test("a contract is an asset's only when its id is that asset's, whatever it calls itself", () => {
  const issuerBytes = Buffer.concat([Buffer.from([StrkeyVersion.account]), Buffer.alloc(32, 7)]);
  const issuer = encodeStrkey(issuerBytes);
  const real = ids.fromCodeAndIssuer("USDC", ids.addresses.fromBytes(issuerBytes)).text;
  const name = `USDC:${issuer}`;
  assert.deepEqual(assetOfName(real, name, ids), { code: "USDC", issuer, name });
  assert.equal(assetOfName(contract, name, ids), null);
  assert.deepEqual(assetOfName(ids.native().text, "native", ids), { code: "XLM", issuer: "", name: "native" });
  assert.equal(assetOfName(contract, "native", ids), null);
  for (const odd of ["", ":", `USDC:${issuer}x`, `:${issuer}`, `USDC:${issuer.slice(0, -1)}A`])
    assert.equal(assetOfName(real, odd, ids), null);
});

test("a contract that is not there, lacks a function or answers too much does not answer", async (t) => {
  await assert.rejects(fetchFrom(t, {}), { name: "ContractCallError", message: /MissingValue/ });
  await assert.rejects(fetchFrom(t, { name: text("Token"), symbol: text("TOK") }), { name: "ContractCallError", message: /^decimals: / });
  const large = { name: text(Buffer.alloc(2 << 20, "x")), symbol: text("TOK"), decimals: u32(7) };
  await assert.rejects(fetchFrom(t, large), { name: "ContractCallError", message: /^name: the answer is too long/ });
  await assert.rejects(fetchFrom(t, large, { limit: 1 << 20 }), { name: "ContractCallError", message: /longer than 1048576 bytes/ });
  for (const result of [null, {}, { results: [] }, { results: [null] }, { results: [{ xdr: 5 }] }, { error: 5 }, []]) {
    const stub: Partial<StubRpcOptions> = { fault: () => ({ result: () => result }) };
    await assert.rejects(fetchFrom(t, {}, { stub }), { name: "ContractCallError" });
  }
});

test("a server that does not answer is another failure than a contract that does not", async (t) => {
  await assert.rejects(fetchFrom(t, {}, { stub: { fault: () => ({ status: 503 }) } }), WalletError);
});
