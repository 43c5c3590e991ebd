import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { shortLivedDatabase, terminateBackend } from "../fixtures/database.ts";
import { FaultProxy, type Boundary, type Fault } from "../fixtures/fault-proxy.ts";
import { tableHashes } from "../fixtures/table-hashes.ts";
import { observeChain } from "./chain.ts";
import { invoke, type Ending } from "./invocation.ts";
import { memorySource } from "./memory-source.ts";
import { recordProcessErrors } from "./process-errors.ts";
import { watchTables } from "./watchers.ts";

const LEDGERS = 2;
/** At once; the server is mostly waiting for backends to start and end. */
const LANES = 3;
const DATABASE_CODES = new Set(["DATABASE_UNREACHABLE", "PERSIST_FAILED"]);

const errors = recordProcessErrors();
const chain = await observeChain(await shortLivedDatabase(), LEDGERS);
const source = memorySource(chain.ledgers);

/** Every boundary of an undisturbed invocation over the whole chain. */
async function boundaries(): Promise<Boundary[]> {
  const database = await shortLivedDatabase();
  const found: Boundary[] = [];
  const proxy = await FaultProxy.start(database.url, {
    decide: (boundary) => {
      found.push(boundary);
      return null;
    },
  });
  await invoke({ databaseUrl: proxy.url, source });
  await proxy.stop();
  await database.drop();
  return found;
}

function describe({ from, index, type, text }: Boundary, { kind }: Fault): string {
  return `${kind} at ${from} message ${index} (${type} ${text.split(" ").slice(0, 2).join(" ")})`;
}

/** Goes on until everything is written; a session that was only cut may hold the lock for a moment. */
async function recover(databaseUrl: string): Promise<Ending> {
  for (let attempt = 0; ; attempt++) {
    const ending = await invoke({ databaseUrl, source });
    if (ending.summary?.outcome !== "held" || attempt === 50) return ending;
    await sleep(20);
  }
}

async function hit(boundary: Boundary, fault: Fault): Promise<Ending> {
  const database = await shortLivedDatabase();
  let met = false;
  const proxy = await FaultProxy.start(database.url, {
    terminateBackend,
    decide: ({ from, index }) => {
      if (from !== boundary.from || index !== boundary.index || met) return null;
      met = true;
      return fault;
    },
  });
  const watcher = watchTables(database.connect(), 20);
  try {
    const ending = await invoke({ databaseUrl: proxy.url, source });
    assert.ok(met, "the boundary was not reached");
    if (ending.code) assert.ok(DATABASE_CODES.has(ending.code), `${ending.code}: ${ending.message}`);
    const recovery = await recover(proxy.url);
    assert.equal(recovery.summary?.outcome, "drained", `the next invocation did not go on: ${JSON.stringify(recovery)}`);
    await watcher.stop();
    assert.deepEqual(await tableHashes(database.connect()), chain.tables);
    return ending;
  } finally {
    await proxy.stop();
    await database.drop();
  }
}

/** Hits each boundary of the chain in a run of its own. */
async function hitEvery(fault: (boundary: Boundary) => Fault, print: (line: string) => void): Promise<void> {
  const all = await boundaries();
  assert.ok(
    all.some(({ type, text }) => type === "C" && text === "COMMIT"),
    "no commit among the boundaries",
  );
  const endings = new Map<string, number>();
  const queue = [...all];
  const connection = async (): Promise<void> => {
    for (let boundary = queue.shift(); boundary; boundary = queue.shift()) {
      try {
        const { code, summary } = await hit(boundary, fault(boundary));
        const outcome = code ?? summary.outcome;
        endings.set(outcome, (endings.get(outcome) ?? 0) + 1);
      } catch (error) {
        queue.length = 0;
        throw new Error(describe(boundary, fault(boundary)), { cause: error });
      }
    }
  };
  await Promise.all(Array.from({ length: LANES }, connection));
  print(`${all.length} boundaries: ${[...endings].map(([code, count]) => `${count} ${code}`).join(", ")}`);
}

test("a backend ended at every single statement boundary loses and doubles nothing", async (t) => {
  await hitEvery(
    () => ({ kind: "terminate" }),
    (line) => t.diagnostic(line),
  );
});

test("a connection cut at every single statement boundary, before a message or within, loses and doubles nothing", async (t) => {
  await hitEvery(
    ({ index }) => ({ kind: index % 2 === 0 ? "cut" : "cut-inside" }),
    (line) => t.diagnostic(line),
  );
});

test("nothing of it was an uncaught exception or an unhandled rejection", () => {
  assert.deepEqual(errors.uncaught, []);
});
