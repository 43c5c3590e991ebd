import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { DamagedBytes } from "../../../functions/shared/columns/history/byte-reader.ts";
import { ByteWriter } from "../../../functions/shared/columns/history/byte-writer.ts";
import {
  type ChangeRef,
  MAX_HASHES,
  mayBeHidden,
  mayBeOfToken,
  mayHaveCounterparty,
  readRefs,
  shortHash,
  type TransactionRef,
  writeRefs,
} from "../../../functions/shared/columns/history/link-refs.ts";
import { LAST_OPERATION_PLACE, LAST_TRANSACTION_PLACE } from "../../../functions/shared/columns/toid.ts";

const SEED = Number(process.env.SEED ?? 20_261_128);

const hashes = fc.uniqueArray(fc.integer({ min: 0, max: 0xffff }), { maxLength: MAX_HASHES + 1 });
const changes: fc.Arbitrary<ChangeRef[]> = fc.array(
  fc
    .record({
      kind: fc.integer({ min: 0, max: 24 }),
      count: fc.integer({ min: 1, max: 100_000 }),
      token: fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.constant(null), fc.constant("any" as const)),
      isToldByEvents: fc.boolean(),
      counterparties: hashes,
    })
    .map((change) => ({ ...change, isToldByEvents: change.isToldByEvents && typeof change.token === "number" })),
  { maxLength: 6 },
);
const ascending = (max: number, maxLength: number): fc.Arbitrary<number[]> =>
  fc.uniqueArray(fc.integer({ min: 1, max }), { maxLength }).map((places) => places.sort((a, b) => a - b));

const refs: fc.Arbitrary<TransactionRef[]> = ascending(LAST_TRANSACTION_PLACE, 20).chain((places) =>
  fc.tuple(
    ...places.map((transaction) =>
      fc.record({
        transaction: fc.constant(transaction),
        successful: fc.boolean(),
        isParticipant: fc.boolean(),
        operations: ascending(LAST_OPERATION_PLACE, 10),
        changes,
      }),
    ),
  ),
);

function bytesOf(given: readonly TransactionRef[]): Buffer {
  const writer = new ByteWriter();
  writeRefs(writer, given);
  return Buffer.from(writer.finish());
}

/** A list that is too long says no more than that. */
const shown = (list: number[]): number[] | "any" => (list.length > MAX_HASHES ? "any" : list);
const comparable = (list: readonly TransactionRef[]): object[] =>
  list.map((ref) => ({ ...ref, changes: ref.changes.map((change) => ({ ...change, counterparties: shown(change.counterparties) })) }));

test("what is written is read", () => {
  const property = fc.property(refs, (given) => assert.deepEqual(comparable(readRefs(bytesOf(given))), comparable(given)));
  fc.assert(property, { seed: SEED, numRuns: 500 });
});

test("the last places of a TOID come back", () => {
  const ref = { successful: true, isParticipant: true, changes: [] };
  const given: TransactionRef[] = [{ ...ref, transaction: LAST_TRANSACTION_PLACE, operations: [LAST_OPERATION_PLACE] }];
  assert.deepEqual(readRefs(bytesOf(given)), given);
  for (const beyond of [
    { ...ref, transaction: LAST_TRANSACTION_PLACE + 1, operations: [] },
    { ...ref, transaction: 1, operations: [LAST_OPERATION_PLACE + 1] },
  ])
    assert.throws(() => readRefs(bytesOf([beyond])), DamagedBytes);
});

test("any bytes are references, or damage, and of no more things than there are bytes", () => {
  const property = fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
    try {
      const found = readRefs(Buffer.from(bytes));
      const things = found.reduce((sum, { operations, changes }) => sum + 1 + operations.length + changes.length, 0);
      assert.ok(things <= bytes.length);
    } catch (error) {
      assert.ok(error instanceof DamagedBytes, String(error));
    }
  });
  fc.assert(property, { seed: SEED, numRuns: 5_000 });
});

test("references that are cut within one are damage", () => {
  const property = fc.property(
    refs.filter((given) => given.length > 0),
    fc.nat(),
    (given, position) => {
      const last = bytesOf(given).length - bytesOf(given.slice(0, -1)).length;
      const bytes = bytesOf(given);
      const cut = bytes.subarray(0, bytes.length - 1 - (position % (last - 1)));
      assert.throws(() => readRefs(cut), DamagedBytes);
    },
  );
  fc.assert(property, { seed: SEED, numRuns: 500 });
});

test("flags and lengths that nothing has are damage", () => {
  const [head, operations, changes] = [4, 0, 1];
  const read = (...bytes: number[]): TransactionRef[] => readRefs(Buffer.of(head, operations, changes, ...bytes));
  assert.equal(read(64, 1, MAX_HASHES + 1)[0]!.changes[0]!.counterparties.length, MAX_HASHES + 1);
  assert.throws(() => read(64, 1, MAX_HASHES + 2), DamagedBytes);
  assert.throws(() => read(64, 1, 0), DamagedBytes);
});

test("changes may be hidden where events tell of them, or might", () => {
  const read = (token: ChangeRef["token"], isToldByEvents: boolean): ChangeRef =>
    readChange({ kind: 1, count: 1, token, isToldByEvents, counterparties: [] });
  assert.ok(mayBeHidden(read(7, true)));
  assert.ok(mayBeOfToken(read(7, true), 7) && !mayBeOfToken(read(7, true), 8));
  assert.ok(!mayBeHidden(read(7, false)));
  assert.ok(!mayBeHidden(read(null, false)));
  assert.ok(mayBeHidden(read("any", false)));
});

test("a change is of its token, and one whose token is not kept may be of any", () => {
  const read = (token: ChangeRef["token"]): ChangeRef =>
    readChange({ kind: 1, count: 1, token, isToldByEvents: false, counterparties: [] });
  assert.ok(mayBeOfToken(read(7), 7));
  assert.ok(!mayBeOfToken(read(7), 8));
  assert.ok(!mayBeOfToken(read(null), 0));
  assert.ok(mayBeOfToken(read("any"), 8));
});

test("a list holds its counterparties, and one that is too long or not kept may hold any", () => {
  const read = (counterparties: number[], token: ChangeRef["token"] = 1): ChangeRef =>
    readChange({ kind: 1, count: 1, token, isToldByEvents: false, counterparties });
  assert.ok(mayHaveCounterparty(read([7, 9]), 9));
  assert.ok(!mayHaveCounterparty(read([7, 9]), 8));
  assert.ok(!mayHaveCounterparty(read([]), 0));
  assert.ok(mayHaveCounterparty(read(Array.from({ length: MAX_HASHES + 1 }, (_, n) => n)), 60_000));
  assert.ok(mayHaveCounterparty(read([], "any"), 8));
});

test("the short hash is the end of the key, whatever its sign", () => {
  assert.equal(shortHash({ low: 0x1234abcd }), 0xabcd);
  assert.equal(shortHash({ low: -1 }), 0xffff);
});

function readChange(change: ChangeRef): ChangeRef {
  return readRefs(bytesOf([{ transaction: 1, successful: true, isParticipant: false, operations: [], changes: [change] }]))[0]!.changes[0]!;
}
