import assert from "node:assert/strict";
import { test } from "node:test";
import { shortLivedDatabase } from "../fixtures/database.ts";
import { tableHashes } from "../fixtures/table-hashes.ts";
import { rawLedgers } from "./chain.ts";
import { invoke } from "./invocation.ts";
import { memorySource } from "./memory-source.ts";
import { watchTables } from "./watchers.ts";

const BACKLOG = 400;
/** Of its time an invocation keeps 5 s for Lambda and 20 s for the last ledger. */
const KEPT_MS = 25_000;
const WORK_MS = 700;

test("a backlog of 400 ledgers is worked off by invocations that are cut short, without a loss", async (t) => {
  const ledgers = rawLedgers(BACKLOG);
  const whole = await shortLivedDatabase();
  const { summary } = await invoke({ databaseUrl: whole.url, source: memorySource(ledgers) });
  assert.equal(summary?.ledgers, BACKLOG);

  const database = await shortLivedDatabase();
  const watcher = watchTables(database.connect(), 100);
  const parts: number[] = [];
  for (let next = 1; next <= BACKLOG;) {
    assert.ok(parts.length < BACKLOG, "no progress");
    const { summary } = await invoke({ databaseUrl: database.url, source: memorySource(ledgers), remaining: KEPT_MS + WORK_MS });
    assert.ok(summary, "an undisturbed invocation failed");
    if (summary.ledgers > 0) assert.equal(summary.from, next, "an invocation did not go on where the last one ended");
    next += summary.ledgers;
    assert.equal(summary.outcome, next <= BACKLOG ? "stopped" : summary.outcome);
    parts.push(summary.ledgers);
  }
  t.diagnostic(`${parts.length} invocations: ${parts.join(", ")} ledgers`);
  assert.ok(parts.length > 1, "the backlog was no backlog");
  await watcher.stop();
  assert.deepEqual(await tableHashes(database.connect()), await tableHashes(whole.connect()));
});
