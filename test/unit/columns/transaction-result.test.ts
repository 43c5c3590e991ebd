import assert from "node:assert/strict";
import { test } from "node:test";
import { transactionResultCode } from "../../../functions/ingest/indexer/result-codes.ts";
import { isSuccessful, TRANSACTION_RESULT_PREFIX } from "../../../functions/shared/columns/transaction-result.ts";

test("of the codes that ingest writes, success and that of a fee bump are successful for serve", () => {
  const codes = Array.from({ length: 120 }, (_, i) => i - 110);
  assert.deepEqual(
    codes.filter((code) => isSuccessful(transactionResultCode(code))),
    [0, 1],
  );
});

test("every code has a name with the prefix, unknown ones their number", () => {
  assert.equal(transactionResultCode(-1), "TransactionResultCodeTxFailed");
  assert.equal(transactionResultCode(-18), "TransactionResultCodeTxFrozenKeyAccessed");
  assert.equal(transactionResultCode(-99), "TransactionResultCode(-99)");
  assert.equal(transactionResultCode(2), "TransactionResultCode(2)");
  for (let code = -30; code < 5; code++) assert.ok(transactionResultCode(code).startsWith(TRANSACTION_RESULT_PREFIX));
});
