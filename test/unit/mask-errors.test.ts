import assert from "node:assert/strict";
import { test } from "node:test";
import { GraphQLError } from "graphql";
import { balancesFailed } from "../../functions/serve/errors/client-errors.ts";
import { maskErrors } from "../../functions/serve/graphql/mask-errors.ts";

const full = Object.assign(new Error("sorry, too many clients already"), { code: "53300" });

test("the log's line has the database's code of an error that the client does not see", () => {
  const error = new GraphQLError(full.message, { path: ["accountByAddress", "transactions"], originalError: full });
  const { response, hidden } = maskErrors({ errors: [error], data: null });
  assert.deepEqual(hidden, [{ path: "accountByAddress.transactions", message: full.message, code: "53300" }]);
  assert.doesNotMatch(JSON.stringify(response), /53300|clients/);
});

test("the code is found below an error that says which part failed", () => {
  const { response, hidden } = maskErrors({ errors: [balancesFailed(full)], data: null });
  assert.deepEqual(hidden, [{ path: "", message: full.message, code: "53300" }]);
  assert.deepEqual(response.errors?.[0]?.extensions, { code: "INTERNAL_ERROR" });
});

test("an error without a code has none in the log", () => {
  const { hidden } = maskErrors({ errors: [new GraphQLError("boom", { originalError: new Error("boom") })], data: null });
  assert.deepEqual(hidden, [{ path: "", message: "boom" }]);
});
