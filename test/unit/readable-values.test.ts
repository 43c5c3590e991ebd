import assert from "node:assert/strict";
import { test } from "node:test";
import { scValToNative } from "@stellar/stellar-sdk";
import * as xdr from "@stellar/stellar-sdk/xdr";
import * as fc from "fast-check";
import { ReadableValues } from "../../functions/serve/operations/sc-value.ts";
import { encodeStrkey, StrkeyVersion } from "../../functions/shared/strkey.ts";
import { wordsOf } from "../../functions/shared/xdr/words-of.ts";
import { readableValue, type Sep51 } from "../golden/sdk-details.ts";

/** Values as a list of arguments. */
function shown(...values: xdr.ScVal[]): { list: unknown[]; truncated: boolean } {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(values.length);
  const bytes = Buffer.concat([length, ...values.map((value) => value.toXdr())]);
  const readable = new ReadableValues(wordsOf(bytes), bytes);
  const list = readable.listAt(0);
  return { list, truncated: readable.truncated };
}

const { ScVal, ScAddress, ScError, ScErrorCode } = xdr;
const strkey = (version: number, payload: Buffer): string => encodeStrkey(Buffer.concat([Buffer.of(version), payload]));
const KEY = Buffer.alloc(32, 1);
const account = ScAddress.fromJson(strkey(StrkeyVersion.account, KEY));
const U64_MAX = 2n ** 64n - 1n;
const parts = (value: bigint): [bigint, bigint] => [value >> 64n, value & U64_MAX];
const int128 = (value: bigint): xdr.Int128Parts => new xdr.Int128Parts({ hi: parts(value)[0], lo: parts(value)[1] });
const uint128 = (value: bigint): xdr.Uint128Parts => new xdr.Uint128Parts({ hi: parts(value)[0], lo: parts(value)[1] });
const quarters = (value: bigint) => ({ hiLo: (value >> 128n) & U64_MAX, loHi: (value >> 64n) & U64_MAX, loLo: value & U64_MAX });
const int256 = (value: bigint): xdr.Int256Parts => new xdr.Int256Parts({ hiHi: value >> 192n, ...quarters(value) });
const uint256 = (value: bigint): xdr.Uint256Parts => new xdr.Uint256Parts({ hiHi: value >> 192n, ...quarters(value) });
const entry = (key: xdr.ScVal, val: xdr.ScVal): xdr.ScMapEntry => new xdr.ScMapEntry({ key, val });
const wasm = xdr.ContractExecutable.contractExecutableWasm(KEY);
const reference = new xdr.ContractExecutableExternalRef({ executableOwner: account, tag: "tag" });

/** Every kind of value, and what is shown of it. */
const VALUES: [value: xdr.ScVal, shown: unknown][] = [
  [ScVal.scvBool(true), true],
  [ScVal.scvBool(false), false],
  [ScVal.scvVoid(), null],
  [ScVal.scvError(ScError.sceContract(4294967295)), { error: "contract", code: 4294967295 }],
  [ScVal.scvError(ScError.sceWasmVm(ScErrorCode.scecArithDomain)), { error: "wasm_vm", code: "arith_domain" }],
  [ScVal.scvError(ScError.sceContext(ScErrorCode.scecIndexBounds)), { error: "context", code: "index_bounds" }],
  [ScVal.scvError(ScError.sceStorage(ScErrorCode.scecInvalidInput)), { error: "storage", code: "invalid_input" }],
  [ScVal.scvError(ScError.sceObject(ScErrorCode.scecMissingValue)), { error: "object", code: "missing_value" }],
  [ScVal.scvError(ScError.sceCrypto(ScErrorCode.scecExistingValue)), { error: "crypto", code: "existing_value" }],
  [ScVal.scvError(ScError.sceEvents(ScErrorCode.scecExceededLimit)), { error: "events", code: "exceeded_limit" }],
  [ScVal.scvError(ScError.sceBudget(ScErrorCode.scecInternalError)), { error: "budget", code: "internal_error" }],
  [ScVal.scvError(ScError.sceValue(ScErrorCode.scecUnexpectedType)), { error: "value", code: "unexpected_type" }],
  [ScVal.scvError(ScError.sceValue(ScErrorCode.scecUnexpectedSize)), { error: "value", code: "unexpected_size" }],
  [ScVal.scvError(ScError.sceAuth(ScErrorCode.scecInvalidAction)), { error: "auth", code: "invalid_action" }],
  [ScVal.scvU32(4294967295), 4294967295],
  [ScVal.scvI32(-2147483648), -2147483648],
  [ScVal.scvU64(U64_MAX), "18446744073709551615"],
  [ScVal.scvI64(-(2n ** 63n)), "-9223372036854775808"],
  [ScVal.scvTimepoint(U64_MAX), "18446744073709551615"],
  [ScVal.scvDuration(0n), "0"],
  [ScVal.scvU128(uint128(2n ** 128n - 1n)), "340282366920938463463374607431768211455"],
  [ScVal.scvI128(int128(-(2n ** 127n))), "-170141183460469231731687303715884105728"],
  [ScVal.scvI128(int128(2n ** 127n - 1n)), "170141183460469231731687303715884105727"],
  [ScVal.scvI128(int128(-1n)), "-1"],
  [ScVal.scvU256(uint256(2n ** 256n - 1n)), String(2n ** 256n - 1n)],
  [ScVal.scvI256(int256(-(2n ** 255n))), String(-(2n ** 255n))],
  [ScVal.scvI256(int256(2n ** 255n - 1n)), String(2n ** 255n - 1n)],
  [ScVal.scvI256(int256(-1n)), "-1"],
  [ScVal.scvBytes(Buffer.alloc(0)), ""],
  [ScVal.scvBytes(Buffer.from("00ff10", "hex")), "00ff10"],
  [ScVal.scvString(""), ""],
  [ScVal.scvString('Grüße, 世界 👋 \u0000\n\\"'), 'Grüße, 世界 👋 \u0000\n\\"'],
  [ScVal.scvString(Buffer.from("efbbbf61", "hex")), "\uFEFFa"],
  [ScVal.scvString(Buffer.from("61ff62", "hex")), { hex: "61ff62" }],
  [ScVal.scvString(Buffer.from("eda080", "hex")), { hex: "eda080" }],
  [ScVal.scvSymbol("transfer"), "transfer"],
  [ScVal.scvSymbol(Buffer.of(255)), { hex: "ff" }],
  [ScVal.scvVec(null), null],
  [ScVal.scvVec([]), []],
  [ScVal.scvVec([ScVal.scvU32(1), ScVal.scvVec([ScVal.scvVoid()]), ScVal.scvString("s")]), [1, [null], "s"]],
  [ScVal.scvMap(null), null],
  [ScVal.scvMap([]), []],
  [
    ScVal.scvMap([
      entry(ScVal.scvSymbol("__proto__"), ScVal.scvMap([entry(ScVal.scvVec([ScVal.scvU32(1)]), ScVal.scvBool(true))])),
      entry(ScVal.scvSymbol("__proto__"), ScVal.scvBytes(Buffer.of(1))),
    ]),
    [
      ["__proto__", [[[1], true]]],
      ["__proto__", "01"],
    ],
  ],
  [ScVal.scvAddress(account), strkey(StrkeyVersion.account, KEY)],
  ...[
    strkey(StrkeyVersion.contract, KEY),
    strkey(StrkeyVersion.muxedAccount, Buffer.concat([KEY, Buffer.alloc(8, 255)])),
    strkey(StrkeyVersion.claimableBalance, Buffer.concat([Buffer.of(0), KEY])),
    strkey(StrkeyVersion.liquidityPool, KEY),
  ].map((text): [xdr.ScVal, unknown] => [ScVal.scvAddress(ScAddress.fromJson(text)), text]),
  [
    ScVal.scvContractInstance(new xdr.ScContractInstance({ executable: wasm, storage: null })),
    { executable: { type: "wasm", wasm_hash: "01".repeat(32) }, storage: null },
  ],
  [
    ScVal.scvContractInstance(
      new xdr.ScContractInstance({
        executable: xdr.ContractExecutable.contractExecutableStellarAsset(),
        storage: [entry(ScVal.scvSymbol("k"), ScVal.scvU32(1))],
      }),
    ),
    { executable: { type: "stellar_asset" }, storage: [["k", 1]] },
  ],
  [
    ScVal.scvContractInstance(
      new xdr.ScContractInstance({ executable: xdr.ContractExecutable.contractExecutableExternalRef(reference), storage: [] }),
    ),
    { executable: { type: "external_ref", owner: strkey(StrkeyVersion.account, KEY), tag: "tag" }, storage: [] },
  ],
  [ScVal.scvLedgerKeyContractInstance(), { ledger_key: "contract_instance" }],
  [ScVal.scvLedgerKeyNonce(new xdr.ScNonceKey({ nonce: -(2n ** 63n) })), { nonce: "-9223372036854775808" }],
  [ScVal.scvExecutableTag("v1"), { executable_tag: "v1" }],
];

test("every kind of value is shown", () => {
  for (const [value, expected] of VALUES) {
    const { list, truncated } = shown(value);
    assert.deepEqual([list, truncated], [[expected], false], value.type);
  }
  assert.equal(new Set(VALUES.map(([{ type }]) => type)).size, 23);
});

test("values are read one after the other, whatever they are", () => {
  const values = VALUES.map(([value]) => value);
  assert.deepEqual(
    shown(...values).list,
    VALUES.map(([, expected]) => expected),
  );
  assert.deepEqual(shown(ScVal.scvVec(values)).list, [VALUES.map(([, expected]) => expected)]);
});

test("the table is what the SDK's own JSON of a value says", () => {
  for (const [value, expected] of VALUES) assert.deepEqual(readableValue(value.toJson() as Sep51), expected, value.type);
});

test("numbers, texts, addresses and lists are the SDK's native values", () => {
  const comparable = new Set(["scvBool", "scvU32", "scvI32", "scvI128", "scvU128", "scvI256", "scvU256", "scvI64", "scvU64", "scvAddress"]);
  for (const [value, expected] of VALUES.filter(([{ type }]) => comparable.has(type))) {
    const native: unknown = scValToNative(value);
    assert.deepEqual(expected, typeof native === "bigint" ? native.toString() : native, value.type);
  }
});

/** Any value, a few levels deep. */
const anyValue = fc.letrec<{ value: xdr.ScVal }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom(...VALUES.map(([value]) => value)),
    fc.bigInt({ min: -(2n ** 127n), max: 2n ** 127n - 1n }).map((value) => ScVal.scvI128(int128(value))),
    fc.uint8Array({ maxLength: 9 }).map((bytes) => ScVal.scvString(Buffer.from(bytes))),
    fc.array(tie("value"), { maxLength: 4 }).map((values) => ScVal.scvVec(values)),
    fc
      .array(fc.tuple(tie("value"), tie("value")), { maxLength: 3 })
      .map((pairs) => ScVal.scvMap(pairs.map(([key, val]) => entry(key, val)))),
  ),
})).value;

test("nested values are shown as the SDK reads them", () => {
  fc.assert(
    fc.property(fc.array(anyValue, { maxLength: 5 }), (values) => {
      const { list, truncated } = shown(...values);
      if (!truncated)
        assert.deepEqual(
          list,
          values.map((value) => readableValue(value.toJson() as Sep51)),
        );
    }),
    { numRuns: 300 },
  );
});

/** A value in so many vectors. */
function nested(levels: number, value: xdr.ScVal): xdr.ScVal {
  for (let level = 0; level < levels; level++) value = ScVal.scvVec([value]);
  return value;
}

test("values in more than 32 values are left out, and what comes after them is shown", () => {
  const deep = (levels: number): unknown => shown(nested(levels, ScVal.scvU32(1)), ScVal.scvU32(2));
  const inLists = (levels: number, value: unknown): unknown => (levels === 0 ? value : [inLists(levels - 1, value)]);
  assert.deepEqual(deep(31), { list: [inLists(31, 1), 2], truncated: false });
  assert.deepEqual(deep(32), { list: [inLists(31, { truncated: true }), 2], truncated: true });
  assert.deepEqual(deep(200), { list: [inLists(31, { truncated: true }), 2], truncated: true });
  let maps: xdr.ScVal = ScVal.scvU32(1);
  let instances: xdr.ScVal = ScVal.scvU32(1);
  const none = ScVal.scvVoid();
  for (let level = 0; level < 100; level++) {
    maps = ScVal.scvMap([entry(maps, none)]);
    instances = ScVal.scvContractInstance(new xdr.ScContractInstance({ executable: wasm, storage: [entry(none, instances)] }));
  }
  for (const value of [maps, instances]) {
    const { list, truncated } = shown(value, ScVal.scvU32(2));
    assert.deepEqual([list[1], truncated], [2, true]);
    // A pair is a list of its own.
    assert.equal(JSON.stringify(list).match(/\[/g)?.length, 1 + 2 * 31);
  }
});

const escapes = (value: unknown): number => JSON.stringify(value).length;

test("values without end are cut where 32,768 characters are used up, whatever they are", () => {
  const many: Record<string, xdr.ScVal> = {
    voids: ScVal.scvVec(Array.from({ length: 100_000 }, () => ScVal.scvVoid())),
    pairs: ScVal.scvMap(Array.from({ length: 50_000 }, () => entry(ScVal.scvU32(1), ScVal.scvBool(false)))),
    empty: ScVal.scvVec(Array.from({ length: 100_000 }, () => ScVal.scvString(""))),
    lists: ScVal.scvVec(Array.from({ length: 50_000 }, () => ScVal.scvVec([]))),
    instances: ScVal.scvVec(Array.from({ length: 50_000 }, () => VALUES.at(-4)![0])),
    keys: ScVal.scvVec(Array.from({ length: 50_000 }, () => ScVal.scvLedgerKeyContractInstance())),
    nonces: ScVal.scvVec(Array.from({ length: 50_000 }, () => ScVal.scvLedgerKeyNonce(new xdr.ScNonceKey({ nonce: 0n })))),
    tags: ScVal.scvVec(Array.from({ length: 50_000 }, () => ScVal.scvExecutableTag(""))),
    texts: ScVal.scvVec(Array.from({ length: 20 }, () => ScVal.scvString("\u0001".repeat(5_000)))),
    bytes: ScVal.scvVec(Array.from({ length: 20 }, () => ScVal.scvBytes(Buffer.alloc(5_000)))),
    text: ScVal.scvString("a".repeat(20_000)),
  };
  for (const [name, value] of Object.entries(many)) {
    const { list, truncated } = shown(value, ScVal.scvU32(1));
    assert.ok(truncated, name);
    assert.ok(escapes(list) < 32_768 * 4, `${name} is ${escapes(list)} characters`);
    assert.equal(list.length, 1, name);
  }
  const arguments_ = shown(...Array.from({ length: 20_000 }, () => ScVal.scvU32(1)));
  assert.deepEqual([arguments_.truncated, arguments_.list.at(-1)], [true, { truncated: true }]);
});
