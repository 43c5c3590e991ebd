import assert from "node:assert/strict";
import { test } from "node:test";
import { isEnumType } from "graphql";
import type { StateChanges } from "../../../functions/ingest/indexer/state-change.ts";
import type { Address } from "../../../functions/ingest/ledger/address.ts";
import { StateChangeNode } from "../../../functions/serve/nodes/state-change.ts";
import type { StateChangeRow } from "../../../functions/serve/queries/state-changes.ts";
import { buildSchema } from "../../../functions/serve/graphql/schema.ts";
import { schemaDocument } from "../../../functions/serve/schema/schema.generated.ts";
import { STATE_CHANGE_KINDS } from "../../../functions/shared/columns/state-change-kinds.ts";

const schema = buildSchema(schemaDocument);

function valuesOf(name: string): string[] {
  const type = schema.getType(name);
  assert.ok(isEnumType(type));
  return type.getValues().map((value) => value.name);
}

test("categories and reasons are those of the schema", () => {
  assert.deepEqual(Object.keys(STATE_CHANGE_KINDS).sort(), valuesOf("StateChangeCategory").sort());
  assert.deepEqual([...new Set(Object.values(STATE_CHANGE_KINDS).flat())].sort(), valuesOf("StateChangeReason").sort());
});

test("every kind has a type of the schema", () => {
  for (const [category, reasons] of Object.entries(STATE_CHANGE_KINDS))
    for (const reason of reasons) {
      const row = { state_change_category: category, state_change_reason: reason } as StateChangeRow;
      assert.ok(schema.getType(new StateChangeNode(row).__typename), `${category}/${reason}`);
    }
});

test("a pair that does not exist is an error in serve", () => {
  for (const [category, reason] of [
    ["ACCOUNT", "BURN"],
    ["BALANCE", "SET"],
    ["NOTHING", "SET"],
  ]) {
    const row = { state_change_category: category, state_change_reason: reason } as StateChangeRow;
    assert.throws(() => new StateChangeNode(row), /unknown kind/);
  }
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
