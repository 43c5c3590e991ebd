import assert from "node:assert/strict";
import { test } from "node:test";
import { operationResultCode, operationTypeName, transactionResultCode } from "../../../functions/ingest/indexer/result-codes.ts";
import { type CodeList, operationResults, operationTypes, transactionResults } from "../../../functions/shared/columns/history/codes.ts";

function textsOf(list: CodeList): string[] {
  const texts: string[] = [];
  for (let number = 1; list.textOf(number) !== undefined; number++) texts.push(list.textOf(number)!);
  return texts;
}

/** Codes beyond all that the protocol has today. */
const CODES = Array.from({ length: 60 }, (_, i) => 2 - i);
const isNamed = (text: string): boolean => !/\(|UNKNOWN_|op_unknown_-?\d/.test(text);

test("every result of a transaction that the indexer names has a number, and every number is such a result", () => {
  assert.deepEqual(textsOf(transactionResults), CODES.map(transactionResultCode).filter(isNamed).sort(byNumber(transactionResults)));
});

test("every type of an operation has its number of the protocol plus one, and no other has any", () => {
  const names = Array.from({ length: 60 }, (_, type) => operationTypeName(type));
  assert.deepEqual(textsOf(operationTypes), names.filter(isNamed));
  for (const [type, name] of names.entries()) assert.equal(operationTypes.numberOf(name), isNamed(name) ? type + 1 : 0);
});

test("every result of an operation that the indexer names has a number, and every number but one is such a result", () => {
  const outer = CODES.filter((code) => code < 0).map((code) => operationResultCode(code, 0, 0));
  const inner = Array.from({ length: 40 }, (_, type) =>
    CODES.filter((code) => code <= 0).map((code) => operationResultCode(0, type, code)),
  );
  const made = new Set([...outer, ...inner.flat()].filter(isNamed));
  assert.ok(made.size > 60);
  // In the list from its first day on, and never made.
  const unused = ["op_unknown"];
  assert.deepEqual(textsOf(operationResults).sort(), [...made, ...unused].sort());
});

test("no list has a text twice", () => {
  for (const list of [transactionResults, operationTypes, operationResults])
    assert.equal(new Set(textsOf(list)).size, textsOf(list).length);
});

function byNumber(list: CodeList): (a: string, b: string) => number {
  return (a, b) => list.numberOf(a) - list.numberOf(b);
}
