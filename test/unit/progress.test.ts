import assert from "node:assert/strict";
import { test } from "node:test";
import { progressLines } from "../../bin/runtime/progress.ts";

test("progress is told every two seconds, with the rate since the last line", () => {
  const lines: string[] = [];
  let now = 0;
  const tell = progressLines(
    (line) => lines.push(line),
    () => now,
  );
  for (let ledger = 100; ledger < 150; ledger++) {
    now += 100;
    tell({ ledger, closedAt: 1_700_000_000n, transactions: 1, indexMs: 1, persistMs: 1 });
  }
  assert.deepEqual(lines, [
    "ingest: ledger 119, closed 2023-11-14T22:13:20Z, 10.0 ledgers/s\n",
    "ingest: ledger 139, closed 2023-11-14T22:13:20Z, 10.0 ledgers/s\n",
  ]);
});
