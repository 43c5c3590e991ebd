import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { random } from "../../bin/simulated-network/random.ts";
import { connectDatabase, type Database } from "../../functions/shared/database/session.ts";
import { shortLivedDatabase } from "../fixtures/database.ts";
import { foreignServer, RestartableServer } from "../fixtures/restartable-server.ts";
import { tableHashes } from "../fixtures/table-hashes.ts";
import { observeChain, type Chain } from "./chain.ts";
import { DATABASE_CODES } from "./expected-endings.ts";
import { invoke, type Ending } from "./invocation.ts";
import { memorySource } from "./memory-source.ts";
import { recordProcessErrors } from "./process-errors.ts";
import { watchApi, watchTables, type Watcher } from "./watchers.ts";

const LEDGERS = 24;
/** Each outage comes some milliseconds after one of these was committed: in the middle of the next, or just after it. */
const STRIKES = [3, 9, 15, 20];
/** With its retries an invocation bears an outage of about 3 s. */
const PATIENT_MS = 400;

const errors = recordProcessErrors();
const options = { skip: foreignServer };
const undisturbed = foreignServer ? null : await observeChain(await shortLivedDatabase(), LEDGERS);

/** A server, its watchers, and a way to drain the chain into it. */
class Scene {
  readonly server: RestartableServer;
  readonly watchers: Watcher[];
  readonly #chain: Chain = undisturbed!;
  readonly #clients: Database[] = [];

  private constructor(server: RestartableServer) {
    this.server = server;
    this.watchers = [watchTables(this.connect(), 10, () => this.connect()), watchApi(server.url, this.#chain, 10, true)];
  }

  /** @param t is told to take it down */
  static async set(t: TestContext): Promise<Scene> {
    const server = await RestartableServer.start();
    const scene = new Scene(server);
    t.after(async () => {
      await Promise.allSettled(scene.watchers.map((watcher) => watcher.stop()));
      await Promise.all(scene.#clients.map((client) => client.end({ timeout: 1 }).catch(() => {})));
      await server.stop();
    });
    return scene;
  }

  connect(): Database {
    const bounds = { statementTimeout: 60_000, lockTimeout: 10_000, idleInTransactionTimeout: 60_000, idleSessionTimeout: 0 };
    const client = connectDatabase(this.server.url, { applicationName: "test", ...bounds });
    this.#clients.push(client);
    return client;
  }

  /** What `work` gives once the server lets it. */
  async onceUp<T>(work: (sql: Database) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work(this.connect());
      } catch (error) {
        if (attempt === 200) throw error;
        await sleep(10);
      }
    }
  }

  drain(onLedger: (ledger: number) => void = () => {}, retryWaitMs = PATIENT_MS): Promise<Ending> {
    const source = memorySource(this.#chain.ledgers);
    return invoke({ databaseUrl: this.server.url, source, retryWaitMs, onLedger: ({ ledger }) => onLedger(ledger) });
  }

  /** Drains the chain while `strike` befalls the server, each time with a moment's delay from the seed. */
  async drainUnder(seed: string, strike: () => Promise<void>): Promise<Ending[]> {
    const from = random(seed);
    const left = [...STRIKES];
    const endings: Ending[] = [];
    let outage: Promise<void> = Promise.resolve();
    const onLedger = (ledger: number): void => {
      if (left[0] === undefined || ledger < left[0]) return;
      left.shift();
      outage = Promise.all([outage, sleep(from.below(8))]).then(strike);
    };
    do {
      endings.push(await this.drain(onLedger));
      await outage;
      assert.ok(endings.length < 60, `no end: ${JSON.stringify(endings.slice(-3))}`);
    } while (endings.at(-1)!.summary?.outcome !== "drained");
    assert.deepEqual(left, [], "the chain was over before every outage had come");
    return endings;
  }

  /** @throws AssertionError unless the tables are those of the undisturbed run, and no reader ever saw others */
  async assertWhole(print: (line: string) => void): Promise<void> {
    const looks = [];
    for (const watcher of this.watchers) looks.push(await watcher.stop());
    print(`watchers: ${looks.map((seen) => `${seen.looks} looks, ${seen.outages} refused`).join("; ")}`);
    for (const seen of looks) assert.ok(seen.looks > 0 && seen.outages > 0, "a watcher saw no data or no outage");
    assert.deepEqual(await tableHashes(this.connect()), this.#chain.tables);
  }
}

function assertKnown(endings: readonly Ending[]): void {
  for (const { code, ...ending } of endings)
    if (code !== null) assert.ok(DATABASE_CODES.includes(code), `${code}: ${JSON.stringify(ending)}`);
}

function summarise(endings: readonly Ending[]): string {
  return `endings: ${endings.map(({ code, summary }) => code ?? `${summary.outcome} (${summary.ledgers})`).join(", ")}`;
}

test("a server that restarts while ingestion drains costs nothing", options, async (t) => {
  const scene = await Scene.set(t);
  const endings = await scene.drainUnder("restarts", async () => {
    await scene.server.shutDown();
    await scene.server.comeBack();
  });
  t.diagnostic(summarise(endings));
  assertKnown(endings);
  await scene.assertWhole((line) => t.diagnostic(line));
});

test("a server that stays away ends the invocation with its error, and the next one goes on when it is back", options, async (t) => {
  const scene = await Scene.set(t);
  let gone: Promise<void> | undefined;
  const first = await scene.drain((ledger) => {
    if (ledger === 10) gone = scene.server.shutDown();
  }, 10);
  await gone;
  const second = await scene.drain(() => {}, 10);
  await scene.server.comeBack();
  const third = await scene.drain();
  t.diagnostic(summarise([first, second, third]));
  assertKnown([first]);
  assert.notEqual(first.code, null);
  assert.equal(second.code, "DATABASE_UNREACHABLE");
  assert.equal(third.summary?.outcome, "drained");
  assert.ok(third.summary.from! > 10, "a committed ledger was written again");
  const runs = await scene.connect()`select outcome, error_code as code from ingest_runs order by id`;
  // The first one could not say any more how it ended.
  assert.deepEqual(
    runs.map(({ outcome }) => outcome as string),
    ["lost", "drained"],
  );
  await scene.assertWhole((line) => t.diagnostic(line));
});

test("a backend that dies of SIGKILL, so that the server ends every session and recovers, costs nothing", options, async (t) => {
  const scene = await Scene.set(t);
  let kills = 0;
  const endings = await scene.drainUnder("kills", async () => {
    // By turns the one that writes, and one that reads beside it.
    const pid = await scene.onceUp(async (sql) => {
      const [victim] = await sql<{ pid: number }[]>`
        select pid from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()
        order by (application_name like 'ingest/%') = ${kills % 2 === 0} desc, application_name limit 1`;
      return victim!.pid;
    });
    process.kill(pid, "SIGKILL");
    kills++;
    await scene.onceUp(async (sql) => {
      const [left] = await sql`select from pg_stat_activity where pid = ${pid}`;
      if (left) throw new Error("the server has not noticed yet");
    });
  });
  t.diagnostic(summarise(endings));
  assertKnown(endings);
  assert.equal(kills, STRIKES.length);
  await scene.assertWhole((line) => t.diagnostic(line));
});

test("a server that is lost without a word comes back by its log, and nothing committed is lost", options, async (t) => {
  const scene = await Scene.set(t);
  const endings = await scene.drainUnder("losses", async () => {
    await scene.server.lose();
    await scene.server.comeBack();
  });
  t.diagnostic(summarise(endings));
  assertKnown(endings);
  await scene.assertWhole((line) => t.diagnostic(line));
});

test("nothing of it was an uncaught exception or an unhandled rejection", options, () => {
  assert.deepEqual(errors.uncaught, []);
});
