import assert from "node:assert/strict";
import { test } from "node:test";
import {
  LAST_OPERATION_PLACE,
  LAST_TRANSACTION_PLACE,
  lastOperation,
  ledgerOf,
  ledgersBetween,
  NO_OPERATION,
  NO_OPERATION_TEXT,
  operationId,
  operationPlace,
  operationToid,
  placeOfToid,
  toLedger,
  transactionId,
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

test("ids are made from places, and places come back out of the low half", () => {
  for (const transaction of [1, 7, LAST_TRANSACTION_PLACE])
    for (const place of [1, 100, LAST_OPERATION_PLACE]) {
      const low = operationToid(transaction, place - 1);
      assert.equal(transactionId(9, transaction), String(wholeToid(9, transactionToid(transaction))));
      assert.equal(operationId(transactionId(9, transaction), place), String(wholeToid(9, low)));
      assert.deepEqual([placeOfToid(low), operationPlace(low)], [transaction, place]);
      assert.deepEqual([placeOfToid(transactionToid(transaction)), operationPlace(transactionToid(transaction))], [transaction, 0]);
    }
});

test("all operations of a transaction come before the next one", () => {
  const own = transactionId(9, 7);
  assert.equal(lastOperation(own), operationId(own, LAST_OPERATION_PLACE));
  assert.equal(lastOperation(operationId(own, 5)), lastOperation(own));
  assert.equal(BigInt(lastOperation(own)) + 1n, BigInt(transactionId(9, 8)));
});

test("a negative id has no ledger, nor has one with a ledger that no row could name", () => {
  assert.equal(ledgerOf("-1"), null);
  assert.equal(ledgerOf(String(-(2n ** 63n))), null);
  assert.equal(ledgerOf("0"), 0);
  assert.equal(ledgerOf(String(2n ** 63n - 1n)), LAST_LEDGER);
  assert.equal(ledgerOf(String(2n ** 63n)), null);
});

test("ledgers between two ids do not depend on their places", () => {
  const [first, second] = [wholeToid(5, operationToid(LAST_TRANSACTION_PLACE, 7)), wholeToid(8, transactionToid(1))];
  assert.equal(ledgersBetween(first, second), 3);
  assert.equal(ledgersBetween(second, wholeToid(8, transactionToid(9))), 0);
});

test("no operation is the same in both forms, and no operation's id", () => {
  assert.equal(String(NO_OPERATION), NO_OPERATION_TEXT);
  assert.notEqual(operationToid(0, 0), NO_OPERATION);
});

test("the piece of SQL says what the function does", () => {
  const sql = (text: TemplateStringsArray): string => text.join("");
  assert.equal(toLedger(sql), ">> 32");
});
