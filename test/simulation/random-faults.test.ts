import assert from "node:assert/strict";
import { test } from "node:test";
import { shortLivedDatabase, terminateBackend } from "../fixtures/database.ts";
import { FaultProxy } from "../fixtures/fault-proxy.ts";
import { observeChain, rawLedgers } from "./chain.ts";
import { invoke } from "./invocation.ts";
import { memorySource } from "./memory-source.ts";
import type { Extent } from "./plan.ts";
import { recordProcessErrors } from "./process-errors.ts";
import { runSeed, type World } from "./run-seed.ts";

const SEED = Number(process.env.SEED ?? 1);
const SEEDS = Number(process.env.SEEDS ?? 200);
const LEDGERS = 8;
/** Seeds at once. */
const LANES = 3;

const errors = recordProcessErrors();
const chain = await observeChain(await shortLivedDatabase(), LEDGERS);

async function extent(): Promise<Extent> {
  const { url } = await shortLivedDatabase();
  const counts = { client: 0, server: 0, ledgers: LEDGERS };
  const proxy = await FaultProxy.start(url, {
    decide: ({ from }) => {
      counts[from]++;
      return null;
    },
  });
  await invoke({ databaseUrl: proxy.url, source: memorySource(chain.ledgers) });
  await proxy.stop();
  return counts;
}

test(`whatever happens in seeds ${SEED} to ${SEED + SEEDS - 1}, the tables are those of an undisturbed run`, async (t) => {
  const others = { foreign: rawLedgers(LEDGERS, "tests", "another network"), fork: rawLedgers(LEDGERS, "another history") };
  const world: World = { chain, others, extent: await extent(), terminateBackend };
  const endings = new Map<string, number>();
  const queue = Array.from({ length: SEEDS }, (_, i) => SEED + i);
  const connection = async (): Promise<void> => {
    for (let seed = queue.shift(); seed !== undefined; seed = queue.shift()) {
      try {
        for (const { code, summary } of await runSeed(seed, world)) {
          const ending = code ?? summary.outcome;
          endings.set(ending, (endings.get(ending) ?? 0) + 1);
        }
      } catch (error) {
        queue.length = 0;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: LANES }, connection));
  t.diagnostic([...endings].map(([ending, count]) => `${count} ${ending}`).join(", "));
  // Only endings that the plans bring about often: how a broken connection shows depends on the moment.
  if (SEEDS >= 100)
    for (const ending of ["drained", "stopped", "held", "DATABASE_UNREACHABLE", "LEDGER_GAP"])
      assert.ok(endings.has(ending), `no ${ending}`);
});

test("nothing of it was an uncaught exception or an unhandled rejection", () => {
  assert.deepEqual(errors.uncaught, []);
});
