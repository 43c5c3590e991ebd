import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ledgerOf,
  nextTransaction,
  NO_OPERATION,
  NO_OPERATION_TEXT,
  operationToid,
  toLedger,
  toNextTransaction,
  toTransaction,
  transactionOf,
  transactionOfToid,
  transactionToid,
  wholeToid,
} from "../../../functions/shared/columns/toid.ts";

const LAST_LEDGER = 2 ** 31 - 1;
const LAST_TRANSACTION = 2 ** 20 - 1;
/** The index of the last operation that fits into 12 bits; its place is 4095. */
const LAST_OPERATION = 4094;

test("the parts of a TOID stand where SEP-35 puts them", () => {
  assert.equal(wholeToid(1, transactionToid(1)), 4294971392n);
  assert.equal(wholeToid(1, operationToid(1, 0)), 4294971393n);
  assert.equal(wholeToid(58_762_517, operationToid(123, 4)), 58_762_517n * 4_294_967_296n + 123n * 4_096n + 5n);
});

test("the low half is unsigned up to the last transaction and operation", () => {
  assert.equal(transactionToid(LAST_TRANSACTION), 0xfffff000);
  assert.equal(operationToid(LAST_TRANSACTION, LAST_OPERATION), 0xffffffff);
  assert.equal(transactionOfToid(0xffffffff), 0xfffff000);
});

test("the largest TOID is the largest bigint", () => {
  assert.equal(wholeToid(LAST_LEDGER, operationToid(LAST_TRANSACTION, LAST_OPERATION)), 2n ** 63n - 1n);
});

test("transaction and ledger come back out of an id", () => {
  for (const ledger of [1, 2, 58_762_517, LAST_LEDGER])
    for (const transaction of [1, 2, 4095, 4096, LAST_TRANSACTION]) {
      const own = String(wholeToid(ledger, transactionToid(transaction)));
      for (const operation of [0, 99, LAST_OPERATION]) {
        const low = operationToid(transaction, operation);
        const id = String(wholeToid(ledger, low));
        assert.equal(transactionOf(id), own);
        assert.equal(ledgerOf(id), ledger);
        assert.equal(transactionOfToid(low), transactionToid(transaction));
      }
      assert.equal(transactionOf(own), own);
      assert.equal(ledgerOf(own), ledger);
    }
});

test("all operations of a transaction come before the next one", () => {
  const [own, last] = [transactionToid(7), operationToid(7, LAST_OPERATION)].map((low) => wholeToid(9, low));
  assert.equal(nextTransaction(String(own)), String(wholeToid(9, transactionToid(8))));
  assert.equal(nextTransaction(String(own)), String(last! + 1n));
});

test("a negative id has no ledger, nor has one with a ledger that no row could name", () => {
  assert.equal(ledgerOf("-1"), null);
  assert.equal(ledgerOf(String(-(2n ** 63n))), null);
  assert.equal(ledgerOf("0"), 0);
  assert.equal(ledgerOf(String(2n ** 63n - 1n)), LAST_LEDGER);
  assert.equal(ledgerOf(String(2n ** 63n)), null);
});

test("no operation is the same in both forms, and no operation's id", () => {
  assert.equal(String(NO_OPERATION), NO_OPERATION_TEXT);
  assert.notEqual(operationToid(0, 0), NO_OPERATION);
});

test("the pieces of SQL say what the functions do", () => {
  const sql = (text: TemplateStringsArray): string => text.join("");
  assert.equal(toNextTransaction(sql), `+ ${nextTransaction("0")}`);
  assert.equal(toTransaction(sql), `& ~${~BigInt(transactionOf("-1"))}::bigint`);
  assert.equal(toLedger(sql), ">> 32");
});
