import assert from "node:assert/strict";
import { test } from "node:test";
import * as xdr from "@stellar/stellar-sdk/xdr";
import { callEnvelope } from "../../functions/ingest/tokens/contract-call.ts";
import { codeKey, dataKey, instanceKey } from "../../functions/ingest/tokens/ledger-entries.ts";
import { scvAddress, scvExecutableTag, scvNumber, scvSymbol, scvVec } from "../../functions/ingest/tokens/sc-bytes.ts";
import { decodeStrkey, StrkeyVersion } from "../../functions/shared/strkey.ts";
import { balanceKey, contractNamed, holderNamed, scAddress } from "../fixtures/stubs/contract-world.ts";

const contract = contractNamed("token");
const holder = holderNamed("holder");

function assertSame(bytes: Uint8Array | null, value: { toXdr(): Uint8Array }): void {
  assert.equal(bytes && Buffer.from(bytes).toString("hex"), Buffer.from(value.toXdr()).toString("hex"));
}

test("addresses of accounts, contracts, claimable balances and pools are the SDK's bytes; others are no holders", () => {
  assertSame(scvAddress(decodeStrkey(holder)!), xdr.ScVal.scvAddress(scAddress(holder)));
  assertSame(scvAddress(decodeStrkey(contract)!), xdr.ScVal.scvAddress(scAddress(contract)));
  const hash = Buffer.alloc(32, 9);
  const claimable = xdr.ScAddress.scAddressTypeClaimableBalance(xdr.ClaimableBalanceId.claimableBalanceIdTypeV0(hash));
  assertSame(scvAddress(Buffer.concat([Buffer.of(StrkeyVersion.claimableBalance, 0), hash])), xdr.ScVal.scvAddress(claimable));
  const pool = xdr.ScAddress.scAddressTypeLiquidityPool(new xdr.PoolId(hash));
  assertSame(scvAddress(Buffer.concat([Buffer.of(StrkeyVersion.liquidityPool), hash])), xdr.ScVal.scvAddress(pool));
  assert.equal(scvAddress(Buffer.concat([Buffer.of(StrkeyVersion.hashX), hash])), null);
});

test("keys of entries are the SDK's bytes", () => {
  const place = (key: xdr.ScVal, durability: xdr.ContractDataDurability): xdr.LedgerKey =>
    xdr.LedgerKey.contractData(new xdr.LedgerKeyContractData({ contract: scAddress(contract), key, durability }));
  const address = decodeStrkey(contract)!;
  const { persistent, temporary } = xdr.ContractDataDurability;
  assertSame(instanceKey(address), place(xdr.ScVal.scvLedgerKeyContractInstance(), persistent));
  const key = scvVec([scvSymbol("Balance"), scvAddress(decodeStrkey(holder)!)!]);
  assertSame(key, balanceKey(holder));
  assertSame(dataKey(address, key), place(balanceKey(holder), persistent));
  assertSame(dataKey(address, key, true), place(balanceKey(holder), temporary));
  assertSame(dataKey(address, scvExecutableTag(Buffer.from("v1 é"))), place(xdr.ScVal.scvExecutableTag("v1 é"), persistent));
  const hash = Buffer.alloc(32, 7);
  assertSame(codeKey(hash), xdr.LedgerKey.contractCode(new xdr.LedgerKeyContractCode({ hash })));
});

test("numbers are the SDK's bytes, as long as their type holds them", () => {
  const parts = (value: bigint): { hi: bigint; lo: bigint } => ({ hi: value >> 64n, lo: BigInt.asUintN(64, value) });
  assertSame(scvNumber("u32", "4294967295"), xdr.ScVal.scvU32(0xffffffff));
  assertSame(scvNumber("i32", "-2147483648"), xdr.ScVal.scvI32(-(2 ** 31)));
  assertSame(scvNumber("u64", "18446744073709551615"), xdr.ScVal.scvU64(2n ** 64n - 1n));
  assertSame(scvNumber("i64", "-5"), xdr.ScVal.scvI64(-5n));
  assertSame(scvNumber("u128", `${2n ** 127n + 3n}`), xdr.ScVal.scvU128(new xdr.Uint128Parts(parts(2n ** 127n + 3n))));
  assertSame(scvNumber("i128", `${-(2n ** 127n)}`), xdr.ScVal.scvI128(new xdr.Int128Parts(parts(-(2n ** 127n)))));
  const wide = scvNumber("U256", `${2n ** 256n - 1n}`)!;
  assert.equal(wide.toString("hex"), `0000000b${"ff".repeat(32)}`);
  for (const [type, digits] of [
    ["u32", "4294967296"],
    ["u32", "-1"],
    ["i32", "2147483648"],
    ["u64", `${2n ** 64n}`],
    ["u128", `${2n ** 128n}`],
    ["i128", `${2n ** 127n}`],
    ["U256", `${2n ** 256n}`],
    ["Address", "1"],
    ["constructor", "1"],
    ["u32", "1e3"],
    ["u32", ""],
    ["u32", "9".repeat(100)],
  ] as const)
    assert.equal(scvNumber(type, digits), null, `${type} ${digits}`);
});

test("the envelope of a call has its arguments", () => {
  const args = [scvAddress(decodeStrkey(holder)!)!, scvNumber("u32", "7")!];
  const bytes = Buffer.from(callEnvelope(decodeStrkey(contract)!.subarray(1), "balance", args), "base64");
  const envelope = xdr.TransactionEnvelope.fromXdr(bytes);
  assertSame(bytes, envelope);
  assert.ok(envelope.type === "envelopeTypeTx");
  const { body } = envelope.v1.tx.operations[0]!;
  assert.ok(body.type === "invokeHostFunction" && body.invokeHostFunctionOp.hostFunction.type === "hostFunctionTypeInvokeContract");
  const called = body.invokeHostFunctionOp.hostFunction.invokeContract.args;
  assert.deepEqual(
    called.map((arg) => Buffer.from(arg.toXdr()).toString("hex")),
    args.map((arg) => arg.toString("hex")),
  );
});
