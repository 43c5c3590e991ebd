import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32 } from "node:zlib";
import * as fc from "fast-check";
import { DamagedBytes } from "../../../functions/shared/columns/history/byte-reader.ts";
import { operationResults, operationTypes, stateChangeKinds, transactionResults } from "../../../functions/shared/columns/history/codes.ts";
import { Payload, UnknownPayloadFormat } from "../../../functions/shared/columns/history/payload-decoder.ts";
import { PayloadEncoder } from "../../../functions/shared/columns/history/payload-encoder.ts";
import type { KeyValue } from "../../../functions/shared/columns/key-value.ts";
import type {
  RecordAddress,
  RecordEnvelope,
  RecordOperation,
  RecordStateChange,
  RecordTransaction,
} from "../../../functions/shared/columns/history/record.ts";

const SEED = Number(process.env.SEED ?? 20_261_128);

const column = (address: RecordAddress): string => `\\x${Buffer.from(address.bytes).toString("hex")}`;
const optional = (address: RecordAddress | null): string | null => (address === null ? null : column(address));

const NATIVE: RecordAddress = { bytes: Buffer.from(`10${"ab".repeat(32)}`, "hex") };

/** Addresses of every version and length, few enough to repeat. */
const addresses: RecordAddress[] = [
  NATIVE,
  ...[0x30, 0x10, 0x58].flatMap((version) =>
    [1, 2, 3, 4].map((n) => ({ bytes: Buffer.concat([Buffer.of(version), Buffer.alloc(32, n)]) })),
  ),
  { bytes: Buffer.concat([Buffer.of(0x60), Buffer.alloc(40, 9)]) },
  { bytes: Buffer.concat([Buffer.of(0x08, 0), Buffer.alloc(32, 7)]) },
  { bytes: Buffer.concat([Buffer.of(0x78), Buffer.alloc(100, 5)]) },
];

const address = fc.constantFrom(...addresses);
const optionalAddress = fc.option(address, { nil: null });
const text = fc.string({ unit: "binary" }).map((value) => value.replaceAll("\0", "·").toWellFormed());
const optionalText = fc.option(text, { nil: null });
const small = fc.option(fc.integer(), { nil: null });
const amount = fc.oneof(
  fc.bigInt(-(2n ** 127n), 2n ** 127n - 1n).map(String),
  fc.integer({ min: 0 }).map(String),
  fc.constantFrom("0", "-0", "007", "not a number", "999999999999999", "1000000000000000", "9007199254740993", "1e3"),
);
const kind = fc.oneof(
  fc.constantFrom(...kinds()).map((name) => name.split("/") as [string, string]),
  fc.constant<[string, string]>(["NEW_CATEGORY", "NEW_REASON"]),
);

function kinds(): string[] {
  const names: string[] = [];
  for (let number = 1; stateChangeKinds.textOf(number) !== undefined; number++) names.push(stateChangeKinds.textOf(number)!);
  return names;
}

const stateChange: fc.Arbitrary<RecordStateChange<RecordAddress>> = fc
  .record({
    kind,
    operation: fc.integer({ min: 0, max: 100 }),
    stateChangeId: fc.oneof(
      fc.integer({ min: 1, max: 2 ** 30 }),
      fc.constantFrom(
        2 ** 28 + 1,
        3 * 2 ** 28 + 5,
        4 * 2 ** 28 + 1,
        6 * 2 ** 28,
        7 * 2 ** 28,
        2 ** 40 + 1,
        2 ** 40 + 2 ** 28,
        Number.MAX_SAFE_INTEGER,
      ),
    ),
    account: address,
    tokenId: optionalAddress,
    amount: fc.option(amount, { nil: null }),
    counterparty: optionalAddress,
    signer: optionalAddress,
    spender: optionalAddress,
    creator: optionalAddress,
    destination: optionalAddress,
    liquidityPoolId: optionalText,
    signerWeightOld: small,
    signerWeightNew: small,
    threshold: optionalText,
    thresholdOld: small,
    thresholdNew: small,
    trustlineLimitOld: optionalText,
    trustlineLimitNew: optionalText,
    flags: small,
    dataEntryName: optionalText,
    keyValue: fc.option(fc.record({ old: text, new: text, live_until_ledger: fc.nat() }, { requiredKeys: [], noNullPrototype: true }), {
      nil: null,
    }),
    toMuxedId: optionalText,
  })
  .map(({ kind: [category, reason], ...rest }) => ({ ...rest, category, reason }));

/** What may follow a change: one of any kind, or one that is its mirror but for some members, mostly none. */
const follower = fc.record({
  change: stateChange,
  isMirror: fc.boolean(),
  except: fc.subarray(["operation", "stateChangeId", "account", "counterparty", "tokenId", "amount"] as const, { maxLength: 1 }),
});

const stateChanges: fc.Arbitrary<RecordStateChange<RecordAddress>[]> = fc.array(follower, { maxLength: 12 }).map((followers) => {
  const changes: RecordStateChange<RecordAddress>[] = [];
  for (const { change, isMirror, except } of followers) {
    const before = changes.at(-1);
    if (!isMirror || !before?.counterparty || before.stateChangeId === Number.MAX_SAFE_INTEGER) {
      changes.push(change);
      continue;
    }
    const { operation, stateChangeId, account, counterparty, tokenId, amount: same } = before;
    const mirror = {
      ...change,
      operation,
      stateChangeId: stateChangeId + 1,
      account: counterparty,
      counterparty: account,
      tokenId,
      amount: same,
    };
    for (const name of except) Object.assign(mirror, { [name]: change[name] });
    changes.push(mirror);
  }
  return changes;
});

const operation = fc.record({
  operationType: fc.constantFrom(operationTypes.textOf(1)!, operationTypes.textOf(27)!, "UNKNOWN_99"),
  resultCode: fc.constantFrom(operationResults.textOf(1)!, operationResults.textOf(74)!, "op_unknown_-9"),
  successful: fc.boolean(),
  accounts: fc.uniqueArray(address, { maxLength: 5 }),
  xdr: fc.uint8Array({ minLength: 1, maxLength: 300 }),
});

interface Case {
  transaction: RecordTransaction<RecordAddress>;
  envelope: RecordEnvelope;
}

const transactions: fc.Arbitrary<Case> = fc
  .record({
    type: fc.constantFrom("v0", "v1", "feeBump" as const),
    feeCharged: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
    resultCode: fc.constantFrom(transactionResults.textOf(1)!, transactionResults.textOf(20)!, "TransactionResultCode(-99)"),
    accounts: fc.uniqueArray(address, { maxLength: 8 }),
    operations: fc.array(operation, { maxLength: 6 }),
    stateChanges,
    head: fc.uint8Array({ maxLength: 80 }),
    // Some addresses stand in the XDR, some do not.
    mentioned: fc.uniqueArray(fc.constantFrom(...addresses.slice(1)), { maxLength: 4 }),
    tail: fc.uint8Array({ maxLength: 40 }),
    signatures: fc.uint8Array({ maxLength: 150 }),
  })
  .map(({ type, head, mentioned, tail, signatures, operations, ...rest }) => {
    const parts = [head, ...mentioned.map(({ bytes }) => bytes.subarray(1)), ...operations.map(({ xdr }) => xdr), tail];
    const transaction = Buffer.concat(parts);
    let at = head.length + mentioned.reduce((sum, { bytes }) => sum + bytes.length - 1, 0);
    const own = operations.map(({ xdr, ...members }) => {
      at += xdr.length;
      return { ...members, operationXdr: transaction.subarray(at - xdr.length, at) };
    });
    const isBump = type === "feeBump";
    return {
      transaction: { ...rest, operations: own },
      envelope: {
        type,
        transaction,
        signatures,
        feeBump: isBump ? Buffer.from(head) : null,
        feeBumpSignatures: isBump ? Buffer.from(signatures) : null,
      },
    };
  });

function expectedChange(change: RecordStateChange<RecordAddress>): RecordStateChange<string> {
  const { account, tokenId, counterparty, signer, spender, creator, destination } = change;
  return {
    ...change,
    account: column(account),
    tokenId: optional(tokenId),
    counterparty: optional(counterparty),
    signer: optional(signer),
    spender: optional(spender),
    creator: optional(creator),
    destination: optional(destination),
  };
}

function expectedOperation({ operationXdr, accounts, ...rest }: RecordOperation<RecordAddress> & { operationXdr: Uint8Array }): object {
  return { ...rest, accounts: accounts.map(column), operationXdr: Buffer.from(operationXdr) };
}

function assertSame({ transaction, envelope }: Case, payload: Payload, withSignatures: boolean): void {
  assert.equal(payload.feeCharged, transaction.feeCharged);
  assert.equal(payload.resultCode, transaction.resultCode);
  assert.deepEqual(payload.accounts, transaction.accounts.map(column));
  assert.deepEqual(payload.operations(), transaction.operations.map(expectedOperation));
  assert.deepEqual(payload.stateChanges(), transaction.stateChanges.map(expectedChange));
  assert.equal(payload.envelopeType, envelope.type);
  assert.deepEqual(payload.transactionXdr, Buffer.from(envelope.transaction));
  assert.deepEqual(payload.feeBumpXdr, envelope.feeBump);
  assert.deepEqual(payload.signatures, withSignatures ? Buffer.from(envelope.signatures) : null);
  assert.deepEqual(payload.feeBumpSignatures, withSignatures ? envelope.feeBumpSignatures : null);
}

test("what the encoder writes the decoder reads, for any rows", () => {
  for (const withSignatures of [false, true]) {
    const encoder = new PayloadEncoder(NATIVE.bytes, withSignatures);
    const property = fc.property(transactions, (given) => {
      const bytes = Buffer.from(encoder.encode(given.transaction, given.envelope));
      assertSame(given, new Payload(bytes, column(NATIVE)), withSignatures);
      // State changes alone, without the operations before them.
      assert.deepEqual(new Payload(bytes, column(NATIVE)).stateChanges(), given.transaction.stateChanges.map(expectedChange));
    });
    fc.assert(property, { seed: SEED, numRuns: 500 });
  }
});

test("what belongs to one address is what of the whole is of that address", () => {
  const encoder = new PayloadEncoder(NATIVE.bytes, false);
  const property = fc.property(transactions, (given) => {
    const bytes = Buffer.from(encoder.encode(given.transaction, given.envelope));
    for (const one of addresses) {
      const payload = new Payload(bytes, column(NATIVE));
      const whole = new Payload(bytes, column(NATIVE));
      const own = column(one);
      assert.deepEqual(
        payload.stateChangesOf(one.bytes),
        whole.stateChanges().filter(({ account }) => account === own),
      );
      assert.equal(payload.hasParticipant(one.bytes), whole.accounts.includes(own));
      assert.deepEqual(
        payload.operationsOf(one.bytes).map(({ place, operation: { accounts } }) => [place, accounts]),
        whole
          .operations()
          .map(({ accounts }, at) => [at + 1, accounts] as const)
          .filter(([, accounts]) => accounts.includes(own)),
      );
    }
  });
  fc.assert(property, { seed: SEED, numRuns: 100 });
});

test("a payload that is cut or changed anywhere is damaged, even when its checksum is right, and asks for no more memory than it has", () => {
  const encoder = new PayloadEncoder(NATIVE.bytes, true);
  const property = fc.property(transactions, fc.nat(), fc.nat({ max: 255 }), ({ transaction, envelope }, position, value) => {
    const bytes = Buffer.from(encoder.encode(transaction, envelope));
    const cut = bytes.subarray(0, position % bytes.length);
    assert.throws(() => readAll(cut), DamagedBytes);
    const changed = Buffer.from(bytes);
    const at = 1 + (position % (bytes.length - 1));
    changed[at] = value;
    if (value !== bytes[at]) assert.throws(() => readAll(changed), DamagedBytes);
    // Bytes that were written so are read, or are damaged.
    changed.writeUInt32BE(crc32(changed.subarray(0, -4)), changed.length - 4);
    const body = bytes.subarray(0, 1 + (position % (bytes.length - 5)));
    const sealed = Buffer.concat([body, Buffer.alloc(4)]);
    sealed.writeUInt32BE(crc32(body), body.length);
    assert.throws(() => readAll(sealed), DamagedBytes);
    try {
      readAll(changed);
    } catch (error) {
      assert.ok(error instanceof DamagedBytes, String(error));
    }
  });
  fc.assert(property, { seed: SEED, numRuns: 2_000 });
});

function readAll(bytes: Buffer): void {
  const payload = new Payload(bytes, column(NATIVE));
  assert.ok(payload.accounts.length >= 0);
  payload.operations();
  payload.stateChanges();
}

const NO_RARE = {
  counterparty: null,
  signer: null,
  spender: null,
  creator: null,
  destination: null,
  liquidityPoolId: null,
  signerWeightOld: null,
  signerWeightNew: null,
  threshold: null,
  thresholdOld: null,
  thresholdNew: null,
  trustlineLimitOld: null,
  trustlineLimitNew: null,
  flags: null,
  dataEntryName: null,
  keyValue: null,
} as const;

/** A transaction without operations, with one state change of these members. */
function withChange(members: Partial<RecordStateChange<RecordAddress>>): Buffer {
  const change: RecordStateChange<RecordAddress> = {
    ...NO_RARE,
    toMuxedId: null,
    tokenId: null,
    amount: null,
    operation: 1,
    stateChangeId: 1,
    category: "HOME_DOMAIN",
    reason: "SET",
    account: addresses[1]!,
    ...members,
  };
  const envelope: RecordEnvelope = {
    type: "v1",
    transaction: Buffer.alloc(40),
    signatures: Buffer.alloc(4),
    feeBump: null,
    feeBumpSignatures: null,
  };
  const transaction = { feeCharged: 100n, resultCode: transactionResults.textOf(2)!, accounts: [], operations: [], stateChanges: [change] };
  return Buffer.from(new PayloadEncoder(NATIVE.bytes, true).encode(transaction, envelope));
}

test("NUL in any text becomes U+FFFD, as it always was", () => {
  const bytes = withChange({ keyValue: { old: "a\0b", new: "\\u0000 stays" }, dataEntryName: "\0" });
  const [change] = new Payload(bytes, column(NATIVE)).stateChanges();
  assert.deepEqual(change!.keyValue, { old: "a\uFFFDb", new: "\\u0000 stays" });
  assert.equal(change!.dataEntryName, "\uFFFD");
});

test("an id of a state change beyond 2^53 is damage", () => {
  const bytes = withChange({ stateChangeId: (2 ** 25 - 1) * 2 ** 28 });
  assert.equal(new Payload(bytes, column(NATIVE)).stateChanges()[0]!.stateChangeId, (2 ** 25 - 1) * 2 ** 28);
  // The stream stands before account and members: 2^25 - 1 as LEB128.
  const at = bytes.lastIndexOf("ffffff0f", "hex");
  bytes[at + 3] = 0x1f;
  assert.throws(() => new Payload(bytes, column(NATIVE)).stateChanges(), DamagedBytes);
});

test("members that no state change can have are damage", () => {
  const damaged: Partial<RecordStateChange<RecordAddress>>[] = [
    { flags: 2 ** 31 },
    { thresholdOld: -(2 ** 31) - 1 },
    { signerWeightNew: 2 ** 40 },
    { keyValue: JSON.parse('"text"') as KeyValue },
    { keyValue: JSON.parse("7") as KeyValue },
  ];
  for (const members of damaged)
    assert.throws(() => new Payload(withChange(members), column(NATIVE)).stateChanges(), DamagedBytes, JSON.stringify(members));
  for (const flags of [2 ** 31 - 1, -(2 ** 31), 0])
    assert.equal(new Payload(withChange({ flags }), column(NATIVE)).stateChanges()[0]!.flags, flags);
});

test("a payload of a later format says which format it has", () => {
  assert.throws(
    () => new Payload(Buffer.of(2, 0, 0), column(NATIVE)),
    (error: unknown) => error instanceof UnknownPayloadFormat && error.format === 2,
  );
});

test("code lists never change their order: it is part of the format", () => {
  const at = (list: { textOf(number: number): string | undefined }, ...numbers: number[]): (string | undefined)[] =>
    numbers.map((n) => list.textOf(n));
  assert.deepEqual(at(transactionResults, 1, 2, 3, 20), [
    "TransactionResultCodeTxFeeBumpInnerSuccess",
    "TransactionResultCodeTxSuccess",
    "TransactionResultCodeTxFailed",
    "TransactionResultCodeTxFrozenKeyAccessed",
  ]);
  assert.deepEqual(at(operationTypes, 1, 2, 25, 27), ["CREATE_ACCOUNT", "PAYMENT", "INVOKE_HOST_FUNCTION", "RESTORE_FOOTPRINT"]);
  assert.deepEqual(at(operationResults, 1, 26, 74), ["op_success", "function_trapped", "op_unknown"]);
  assert.deepEqual(at(stateChangeKinds, 1, 2, 4, 24, 25), [
    "BALANCE/DEBIT",
    "BALANCE/CREDIT",
    "BALANCE/BURN",
    "BALANCE_AUTHORIZATION/CLEAR",
    undefined,
  ]);
});
