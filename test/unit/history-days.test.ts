import assert from "node:assert/strict";
import { test } from "node:test";
import { keysByDay } from "../../functions/serve/queries/days.ts";

const keyOf = (ledger: number, time: string) => ({ id: String(BigInt(ledger) << 32n), time });

test("keys are grouped by UTC day with their bounds", () => {
  const days = keysByDay([keyOf(30, "2026-01-02 00:00:01+00"), keyOf(20, "2026-01-01 23:59:59+00"), keyOf(10, "2026-01-01 23:59:00+00")])!;
  assert.deepEqual(
    days.map(({ lowestId, highestId, earliest, latest }) => [lowestId, highestId, earliest, latest]),
    [
      [String(30n << 32n), String(30n << 32n), "2026-01-02 00:00:01+00", "2026-01-02 00:00:01+00"],
      [String(10n << 32n), String(20n << 32n), "2026-01-01 23:59:00+00", "2026-01-01 23:59:59+00"],
    ],
  );
});

test("keys with more than ten ledgers to each are sparse", () => {
  const isSparse = (...ledgers: number[]) => keysByDay(ledgers.map((ledger) => keyOf(ledger, "2026-01-01 00:00:00+00")))![0]!.isSparse;
  assert.equal(isSparse(100), false);
  assert.equal(isSparse(100, 120), false);
  assert.equal(isSparse(100, 121), true);
  assert.equal(isSparse(121, 110, 100), false);
});
