import assert from "node:assert/strict";
import { test } from "node:test";
import { backOff, jitter } from "../../functions/shared/retry.ts";
import { withTimeout } from "../../functions/shared/timeout.ts";

test("waits grow by the factor with each failure in a row, up to the longest", () => {
  const waits = (factor?: number): number[] =>
    [1, 2, 3, 4, 500].map((failures) => backOff(failures, { first: 10, longest: 300, ...(factor && { factor }) }));
  assert.deepEqual(waits(), [10, 20, 40, 80, 300]);
  assert.deepEqual(waits(4), [10, 40, 160, 300, 300]);
});

test("jitter takes up to a quarter off, never adds, and differs", () => {
  const waits = Array.from({ length: 200 }, () => jitter(1_000));
  assert.ok(waits.every((wait) => wait >= 750 && wait <= 1_000));
  assert.ok(Math.max(...waits) - Math.min(...waits) > 100);
});

test("a timeout can throw an error of the caller's, made only then", async () => {
  let made = 0;
  const timedOut = (): Error => {
    made++;
    return new RangeError("late");
  };
  assert.equal(await withTimeout(1_000, timedOut, Promise.resolve(7)), 7);
  assert.equal(made, 0);
  await assert.rejects(withTimeout(5, timedOut, new Promise(() => {})), RangeError);
  assert.equal(made, 1);
});
