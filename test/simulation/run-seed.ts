import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { shortLivedDatabase } from "../fixtures/database.ts";
import { FaultProxy, type Decide } from "../fixtures/fault-proxy.ts";
import { tableHashes } from "../fixtures/table-hashes.ts";
import type { Chain } from "./chain.ts";
import { assertExplained } from "./expected-endings.ts";
import { invoke, type Ending } from "./invocation.ts";
import { memorySource, type OtherChains } from "./memory-source.ts";
import { describePlan, makePlan, type Extent, type PlannedInvocation, type Step } from "./plan.ts";
import { watchApi, watchTables } from "./watchers.ts";

export interface World {
  chain: Chain;
  others: OtherChains;
  extent: Extent;
  terminateBackend(pid: number): Promise<void>;
}

/** Undisturbed invocations that must be enough to finish after any plan. */
const PATIENCE = 100;

/** Strikes once, when a connection comes to the planned message. */
function striking({ database }: PlannedInvocation): Decide {
  let struck = false;
  return ({ from, index }) => {
    if (struck || !database || from !== database.from || index !== database.index) return null;
    struck = true;
    return database.fault;
  };
}

async function play(step: Step, url: string, { chain, others, terminateBackend }: World): Promise<Ending[]> {
  const proxies = await Promise.all(
    step.invocations.map((planned) => FaultProxy.start(url, { terminateBackend, decide: striking(planned) })),
  );
  const failover =
    step.failover && sleep(step.failover.at).then(() => Promise.all(proxies.map((proxy) => proxy.failover(step.failover!.milliseconds))));
  try {
    return await Promise.all(
      step.invocations.map(async (planned, i) => {
        await sleep(planned.startsAfter);
        const ending = await invoke({
          databaseUrl: proxies[i]!.url,
          source: memorySource(chain.ledgers, planned.source, others),
          ...(planned.ledgers !== null && { ledgers: planned.ledgers }),
          tailSeconds: planned.tailSeconds,
        });
        assertExplained(ending, planned, step);
        return ending;
      }),
    );
  } finally {
    await failover;
    await Promise.all(proxies.map((proxy) => proxy.stop()));
  }
}

/** Undisturbed invocations until nothing is pending. */
async function finish(url: string, { chain }: World): Promise<void> {
  for (let attempt = 0; attempt < PATIENCE; attempt++) {
    const { summary, code } = await invoke({ databaseUrl: url, source: memorySource(chain.ledgers) });
    assert.equal(code, null, "an undisturbed invocation failed");
    if (summary?.outcome === "drained") return;
    // A session that was cut holds the lock until the server notices.
    await sleep(10);
  }
  assert.fail(`${PATIENCE} undisturbed invocations did not finish the chain`);
}

/**
 * Plays a seed's plan against a database of its own, with readers beside it.
 * @returns the endings of the disturbed invocations
 * @throws Error that tells the plan
 */
export async function runSeed(seed: number, world: World): Promise<Ending[]> {
  const plan = makePlan(seed, world.extent);
  const database = await shortLivedDatabase();
  const watchers = [watchTables(database.connect(), 10), watchApi(database.url, world.chain, 10)];
  try {
    const endings: Ending[] = [];
    for (const step of plan) {
      await sleep(step.pause);
      endings.push(...(await play(step, database.url, world)));
    }
    await finish(database.url, world);
    for (const watcher of watchers) await watcher.stop();
    assert.deepEqual(await tableHashes(database.connect()), world.chain.tables);
    return endings;
  } catch (error) {
    throw new Error(`seed ${seed} failed; play it alone with: SEED=${seed} SEEDS=1 npm run simulate\n${describePlan(plan)}`, {
      cause: error,
    });
  } finally {
    await Promise.allSettled(watchers.map((watcher) => watcher.stop()));
    await database.drop();
  }
}
