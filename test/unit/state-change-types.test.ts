import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { type FieldNode, type InlineFragmentNode, isInterfaceType, Kind, parse, visit } from "graphql";
import { ALIASES, QUERIES } from "../../client/queries.ts";
import { buildSchema } from "../../functions/serve/graphql/schema.ts";
import { StateChangeNode } from "../../functions/serve/nodes/state-change.ts";
import { schemaDocument } from "../../functions/serve/schema/schema.generated.ts";

/** What has to follow when a type of state change is added to the schema, and what nothing else would miss. */
const schema = buildSchema(schemaDocument);
const base = schema.getType("BaseStateChange");
assert.ok(isInterfaceType(base));
const types = schema.getImplementations(base).objects;

test("every field of every type of state change has a getter on its node, or a resolver", () => {
  assert.ok(types.length > 15);
  const missing = types.flatMap((type) =>
    Object.values(type.getFields())
      .filter(({ name, resolve }) => !resolve && !Object.getOwnPropertyDescriptor(StateChangeNode.prototype, name)?.get)
      .map(({ name }) => `${type.name}.${name}`),
  );
  assert.deepEqual(missing, []);
});

test("the client asks for all that a type of state change has beyond the others", () => {
  const fragments = new Map<string, string[]>();
  visit(parse(QUERIES.accountStateChanges), {
    InlineFragment({ typeCondition, selectionSet }: InlineFragmentNode) {
      const fields = selectionSet.selections.filter((selection): selection is FieldNode => selection.kind === Kind.FIELD);
      for (const { alias, name } of fields) if (alias) assert.equal(ALIASES[alias.value], name.value, `the client knows ${alias.value}`);
      fragments.set(typeCondition!.name.value, fields.map(({ name }) => name.value).sort());
    },
  });
  const expected = types.map((type): [string, string[]] => {
    const own = Object.keys(type.getFields()).filter((name) => !(name in base.getFields()));
    return [type.name, own.sort()];
  });
  assert.deepEqual(Object.fromEntries(fragments), Object.fromEntries(expected));
});

test("the client's StateChange has every type of state change as a member", () => {
  const text = readFileSync(fileURLToPath(new URL("../../client/types.ts", import.meta.url)), "utf8");
  const [, union] = /export type StateChange = Plain<([^>]*)>;/.exec(text)!;
  const members = [...union!.matchAll(/\bapi\.(\w+)/g)].map(([, name]) => name!);
  assert.deepEqual(members.sort(), types.map(({ name }) => name).sort());
});
