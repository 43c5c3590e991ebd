import assert from "node:assert/strict";
import { test } from "node:test";
import { isEnumType } from "graphql";
import { operationTypeName } from "../../../functions/ingest/indexer/result-codes.ts";
import type { StateChangeRow } from "../../../functions/ingest/indexer/rows.ts";
import { buildSchema } from "../../../functions/serve/graphql/schema.ts";
import { schemaDocument } from "../../../functions/serve/schema/schema.generated.ts";

const schema = buildSchema(schemaDocument);

function valuesOf(name: string): string[] {
  const type = schema.getType(name);
  assert.ok(isEnumType(type));
  return type.getValues().map((value) => value.name);
}

test("the operation types that ingest names are those of the schema", () => {
  const names: string[] = [];
  for (let type = 0; !operationTypeName(type).startsWith("UNKNOWN"); type++) names.push(operationTypeName(type));
  assert.deepEqual(names.sort(), valuesOf("OperationType").sort());
});

test("the thresholds that ingest names are those of the schema", () => {
  const names: Record<NonNullable<StateChangeRow["threshold"]>, true> = { LOW: true, MEDIUM: true, HIGH: true };
  assert.deepEqual(Object.keys(names).sort(), valuesOf("ThresholdLevel").sort());
});
