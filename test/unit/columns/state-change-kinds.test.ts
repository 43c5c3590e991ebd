import assert from "node:assert/strict";
import { test } from "node:test";
import { isEnumType } from "graphql";
import type { StateChanges } from "../../../functions/ingest/indexer/state-change.ts";
import type { Address } from "../../../functions/shared/xdr/address.ts";
import { StateChangeNode } from "../../../functions/serve/nodes/state-change.ts";
import type { TransactionNode } from "../../../functions/serve/nodes/transaction.ts";
import { buildSchema } from "../../../functions/serve/graphql/schema.ts";
import { schemaDocument } from "../../../functions/serve/schema/schema.generated.ts";
import { stateChangeKinds } from "../../../functions/shared/columns/history/codes.ts";
import { bitOf, COMMON_KINDS, kindNumbers } from "../../../functions/shared/columns/history/link-kinds.ts";
import type { DecodedStateChange } from "../../../functions/shared/columns/history/payload-decoder.ts";
import { STATE_CHANGE_KINDS } from "../../../functions/shared/columns/state-change-kinds.ts";

const schema = buildSchema(schemaDocument);

function valuesOf(name: string): string[] {
  const type = schema.getType(name);
  assert.ok(isEnumType(type));
  return type.getValues().map((value) => value.name);
}

const PAIRS = STATE_CHANGE_KINDS.map((kind) => kind.split("/") as [category: string, reason: string]);

function nodeOf(category: string, reason: string): StateChangeNode {
  return new StateChangeNode({} as TransactionNode, { category, reason } as DecodedStateChange);
}

test("categories and reasons are those of the schema", () => {
  assert.deepEqual([...new Set(PAIRS.map(([category]) => category))].sort(), valuesOf("StateChangeCategory").sort());
  assert.deepEqual([...new Set(PAIRS.map(([, reason]) => reason))].sort(), valuesOf("StateChangeReason").sort());
});

test("every kind has a type of the schema, and a number in payloads", () => {
  for (const [category, reason] of PAIRS) {
    assert.ok(schema.getType(nodeOf(category, reason).__typename), `${category}/${reason}`);
    const number = stateChangeKinds.numberOf(`${category}/${reason}`);
    assert.equal(stateChangeKinds.textOf(number), `${category}/${reason}`);
  }
});

test("every kind has a bit of its own in a signed integer column, and the unknown ones have one together", () => {
  const bits = [bitOf(0), ...PAIRS.map((_, at) => bitOf(at + 1))];
  assert.equal(new Set(bits).size, PAIRS.length + 1);
  for (const bit of bits) assert.ok(bit > 0 && (bit & (bit - 1)) === 0);
  // What migrations/*/0002-history.sql writes as `kinds & -4`.
  assert.equal(COMMON_KINDS, 3);
});

test("kinds are found by category, by reason and by both", () => {
  const names = (category: string | null, reason: string | null): (string | undefined)[] =>
    kindNumbers(category, reason).map((number) => stateChangeKinds.textOf(number));
  assert.deepEqual(names(null, null), [...STATE_CHANGE_KINDS]);
  assert.deepEqual(names("SIGNER", null), ["SIGNER/ADD", "SIGNER/UPDATE", "SIGNER/REMOVE"]);
  assert.deepEqual(names(null, "CLEAR"), ["FLAGS/CLEAR", "HOME_DOMAIN/CLEAR", "BALANCE_AUTHORIZATION/CLEAR"]);
  assert.deepEqual(names("BALANCE", "MINT"), ["BALANCE/MINT"]);
  assert.deepEqual(names("BALANCE", "ADD"), []);
  assert.deepEqual(names("BALANCE_AUTHORIZATION", "MINT"), []);
});

test("a pair that does not exist is an error in serve", () => {
  for (const [category, reason] of [
    ["ACCOUNT", "BURN"],
    ["BALANCE", "SET"],
    ["NOTHING", "SET"],
  ] as const)
    assert.throws(() => nodeOf(category, reason), /unknown kind/);
});

test("a pair that does not exist is a type error in ingest", () => {
  // Checked by tsc: an expected error that does not come is one.
  const write = (changes: StateChanges, account: Address): void => {
    changes.add("ACCOUNT", "MERGE", account);
    // @ts-expect-error accounts are not burnt
    changes.add("ACCOUNT", "BURN", account);
    // @ts-expect-error no such category
    changes.add("NOTHING", "SET", account);
  };
  assert.equal(typeof write, "function");
});
