import assert from "node:assert/strict";
import { test } from "node:test";
import type { Loaders } from "../../functions/serve/loaders/loaders.ts";
import { Context } from "../../functions/serve/resolvers/context.ts";

test("a request has loaders only while its operation is executed, and those of the newest snapshot", () => {
  const context = new Context({ query: "{ __typename }" }, { networkPassphrase: "network", warn: () => {} });
  assert.throws(() => context.loaders, /no snapshot before the operation is executed/);
  assert.deepEqual(context.facts, {});
  const [first, second] = [{}, {}] as [Loaders, Loaders];
  context.readFrom(first);
  assert.equal(context.loaders, first);
  context.readFrom(second);
  assert.equal(context.loaders, second);
});
