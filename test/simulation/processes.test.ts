import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { RunSummary } from "../../functions/ingest/invocation/run-report.ts";
import { shortLivedDatabase, terminateBackend } from "../fixtures/database.ts";
import { FaultProxy } from "../fixtures/fault-proxy.ts";
import { SANDBOX_PASSPHRASE } from "../fixtures/sandbox-ledgers.ts";
import { tableHashes } from "../fixtures/table-hashes.ts";
import { observeChain } from "./chain.ts";
import { bundle, FunctionProcess, type Outcome } from "./function-process.ts";
import { ledgerFolder, temporaryFolder } from "./ledger-folder.ts";
import { watchApi, watchTables } from "./watchers.ts";

const LEDGERS = 24;
const chain = await observeChain(await shortLivedDatabase(), LEDGERS);
const ledgers = ledgerFolder(chain.ledgers);
const ingest = await bundle("ingest", join(temporaryFolder(), "ingest.mjs"));
const started: FunctionProcess[] = [];
after(() => Promise.all(started.map((child) => child.end())));

async function startIngest(databaseUrl: string): Promise<FunctionProcess> {
  const environment = { DATABASE_URL: databaseUrl, LEDGERS: ledgers, NETWORK_PASSPHRASE: SANDBOX_PASSPHRASE, START_LEDGER: "1" };
  const child = await FunctionProcess.start(ingest, environment);
  started.push(child);
  return child;
}

function assertKnown(outcome: Outcome<RunSummary>): void {
  if ("error" in outcome) assert.match(String(outcome.error.code), /^(DATABASE_UNREACHABLE|PERSIST_FAILED|FENCED)$/, outcome.error.message);
}

/** Is the end of the chain written, by this invocation or before it? */
function done(outcome: Outcome<RunSummary>): boolean {
  return "result" in outcome && outcome.result.outcome === "drained";
}

test("a process that is killed between two statements, again and again, leaves whole ledgers and a way on", async () => {
  const database = await shortLivedDatabase();
  const watchers = [watchTables(database.connect(), 10), watchApi(database.url, chain, 10)];
  let child = await startIngest(database.url);
  let kills = 0;
  let messages = 0;
  let killAt = 40;
  const proxy = await FaultProxy.start(database.url, {
    decide: () => {
      if (++messages >= killAt && child.running) {
        child.signal("SIGKILL");
        kills++;
        messages = 0;
        // Another place in a ledger each time.
        killAt += 23;
      }
      return null;
    },
  });
  await child.end();
  for (let run = 0; ; run++) {
    assert.ok(run < 60, "no progress");
    child = await startIngest(proxy.url);
    const outcome = await child.call<RunSummary>();
    assertKnown(outcome);
    assert.deepEqual(child.uncaught, []);
    await child.end();
    if (done(outcome)) break;
  }
  assert.ok(kills >= 5, `only ${kills} kills`);
  for (const watcher of watchers) await watcher.stop();
  assert.deepEqual(await tableHashes(database.connect()), chain.tables);
  await proxy.stop();
});

test("two processes that fight for the lock across failovers write every ledger once", async (t) => {
  const database = await shortLivedDatabase();
  const watchers = [watchTables(database.connect(), 10), watchApi(database.url, chain, 10)];
  const children: FunctionProcess[] = [];
  const failovers: Promise<void>[] = [];
  let messages = 0;
  /** One process is frozen with its session open while the server goes away and comes back; the other may go on. */
  const failOver = async (frozen: FunctionProcess): Promise<void> => {
    frozen.signal("SIGSTOP");
    await Promise.all(proxies.map((proxy) => proxy.failover(40)));
    await sleep(150);
    frozen.signal("SIGCONT");
  };
  const proxies = await Promise.all(
    [0, 1].map((i) =>
      FaultProxy.start(database.url, {
        terminateBackend,
        decide: () => {
          // In the middle of a ledger: the one that writes is frozen, the next time the other one.
          if (++messages % 110 === 0 && failovers.length < 4) failovers.push(failOver(children[(i + failovers.length) % 2]!));
          return null;
        },
      }),
    ),
  );
  for (const proxy of proxies) children.push(await startIngest(proxy.url));
  let finished = false;
  const endings = new Map<string, number>();
  const fight = children.map(async (child, i) => {
    while (!finished) {
      const outcome = await child.call<RunSummary>();
      assertKnown(outcome);
      const name = "result" in outcome ? outcome.result.outcome : "error" in outcome ? String(outcome.error.code) : "lost";
      endings.set(`${i ? "B" : "A"} ${name}`, (endings.get(`${i ? "B" : "A"} ${name}`) ?? 0) + 1);
      if (done(outcome)) finished = true;
      await sleep(3 * i);
    }
  });
  await Promise.all(fight);
  await Promise.all(failovers);
  assert.equal(failovers.length, 4);
  t.diagnostic([...endings].map(([name, count]) => `${count} ${name}`).join(", "));
  for (const watcher of watchers) await watcher.stop();
  assert.deepEqual(await tableHashes(database.connect()), chain.tables);
  for (const child of children) assert.deepEqual(child.uncaught, []);
  await Promise.all(proxies.map((proxy) => proxy.stop()));
});
