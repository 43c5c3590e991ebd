import assert from "node:assert/strict";
import { test } from "node:test";
import type { Budget } from "../../functions/serve/loaders/budget.ts";
import type { Loaders } from "../../functions/serve/loaders/loaders.ts";
import { Context } from "../../functions/serve/resolvers/context.ts";

test("a request has loaders and a budget only while its operation is executed, and those of the newest snapshot", () => {
  const context = new Context({ query: "{ __typename }" }, { warn: () => {} });
  assert.throws(() => context.loaders, /no snapshot before the operation is executed/);
  assert.deepEqual(context.facts, {});
  assert.throws(() => context.budget, /no budget before the operation is executed/);
  const [first, second] = [{}, {}] as [Loaders, Loaders];
  const [budget, fresh] = [{}, {}] as [Budget, Budget];
  context.readFrom(first, budget);
  assert.equal(context.loaders, first);
  assert.equal(context.budget, budget);
  context.readFrom(second, fresh);
  assert.equal(context.loaders, second);
  assert.equal(context.budget, fresh);
});
