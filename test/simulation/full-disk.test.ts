import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test, type TestContext } from "node:test";
import { connectDatabase, type Database } from "../../functions/shared/database/session.ts";
import { shortLivedDatabase } from "../fixtures/database.ts";
import { foreignServer, RestartableServer } from "../fixtures/restartable-server.ts";
import { mountSmallDisk, type SmallDisk } from "../fixtures/small-disk.ts";
import { tableHashes } from "../fixtures/table-hashes.ts";
import { observeChain } from "./chain.ts";
import { DATABASE_CODES } from "./expected-endings.ts";
import { invoke, type Ending } from "./invocation.ts";
import { memorySource } from "./memory-source.ts";
import { recordProcessErrors } from "./process-errors.ts";
import { watchApi, watchTables } from "./watchers.ts";

const LEDGERS = 60;
/** The disk is full from here on; how far ingestion still comes depends on the room in the tables' last pages. */
const FULL_AT = 8;
/** Data and log of an empty database are some 100 MB. */
const DISK_MB = 256;

const errors = recordProcessErrors();
const mounted = foreignServer === false ? mountSmallDisk(DISK_MB) : foreignServer;
const options = { skip: typeof mounted === "string" ? mounted : false };
const disk = mounted as SmallDisk;
const chain = options.skip === false ? await observeChain(await shortLivedDatabase(), LEDGERS) : null;
after(() => {
  if (options.skip === false) disk.unmount();
});

const BOUNDS = { statementTimeout: 60_000, lockTimeout: 10_000, idleInTransactionTimeout: 60_000, idleSessionTimeout: 0 };

function connect({ url }: RestartableServer): Database {
  return connectDatabase(url, { applicationName: "test", ...BOUNDS });
}

/** A server whose data and log are where the disks are; everything goes with the test. */
async function serverOn(t: TestContext, { data, log }: Record<"data" | "log", string>): Promise<RestartableServer> {
  const server = await RestartableServer.start(data);
  t.after(async () => {
    disk.empty();
    await server.stop();
  });
  await server.shutDown();
  server.moveLogTo(log);
  await server.comeBack();
  return server;
}

function largeDisk(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "wallet-large-disk-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

function drain({ url }: RestartableServer, onLedger: (ledger: number) => void = () => {}): Promise<Ending> {
  return invoke({ databaseUrl: url, source: memorySource(chain!.ledgers), onLedger: ({ ledger }) => onLedger(ledger) });
}

async function connectOnce<T>(server: RestartableServer, ask: (sql: Database) => PromiseLike<T>): Promise<T> {
  const sql = connect(server);
  try {
    return await ask(sql);
  } finally {
    await sql.end({ timeout: 1 }).catch(() => {});
  }
}

async function written(server: RestartableServer): Promise<number> {
  const [row] = await connectOnce(server, (sql) => sql<{ ledger: number }[]>`select ledger from cursors where name = 'latest'`);
  return row!.ledger;
}

/** Drains the chain with readers beside it, and tells what was seen at the end. */
async function watched(server: RestartableServer, outages: boolean, work: () => Promise<void>): Promise<void> {
  const sessions: Database[] = [];
  const open = (): Database => {
    sessions.push(connect(server));
    return sessions.at(-1)!;
  };
  const watchers = [watchTables(open(), 10, outages ? open : null), watchApi(server.url, chain!, 10, outages)];
  try {
    await work();
    for (const watcher of watchers) await watcher.stop();
    assert.deepEqual(await tableHashes(open()), chain!.tables);
  } finally {
    await Promise.allSettled(watchers.map((watcher) => watcher.stop()));
    await Promise.all(sessions.map((sql) => sql.end({ timeout: 1 })));
  }
}

test("a full disk ends every invocation with its error and nothing half, and with room again the next one goes on", options, async (t) => {
  const server = await serverOn(t, { data: disk.path, log: largeDisk(t) });
  await watched(server, false, async () => {
    const endings = [await drain(server, (ledger) => void (ledger === FULL_AT && disk.fill())), await drain(server), await drain(server)];
    const reached = await written(server);
    t.diagnostic(`full at ledger ${FULL_AT}, stopped at ${reached}: ${endings.map(({ code }) => code).join(", ")}`);
    for (const ending of endings) {
      assert.ok(ending.code === "PERSIST_FAILED" || ending.code === "DATABASE_UNREACHABLE", JSON.stringify(ending));
      assert.match(ending.message, /disk is full/);
    }
    assert.ok(reached >= FULL_AT && reached < LEDGERS, `stopped at ledger ${reached}`);
    disk.empty();
    const { summary } = await drain(server);
    assert.deepEqual(summary, { outcome: "drained", from: reached + 1, to: LEDGERS, ledgers: LEDGERS - reached });
    const poison = await connectOnce(server, (sql) => sql`select from ingest_failures where poison`);
    assert.equal(poison.length, 0, "a full disk is no ledger's fault");
  });
});

test("a disk that is full of the server's log takes the server down, and once both are back the next one goes on", options, async (t) => {
  const server = await serverOn(t, { data: largeDisk(t), log: disk.path });
  await watched(server, true, async () => {
    let full: Promise<unknown> | undefined;
    const first = await drain(server, (ledger) => {
      if (ledger !== FULL_AT) return;
      disk.fill();
      // What is left of the log's present file is given up, so that the next record needs room.
      full = connectOnce(server, (sql) => sql`select pg_switch_wal()`).catch(() => {});
    });
    await full;
    const second = await drain(server);
    t.diagnostic(`endings: ${first.code}, ${second.code}`);
    assert.ok(first.code !== null && DATABASE_CODES.includes(first.code), JSON.stringify(first));
    assert.equal(second.code, "DATABASE_UNREACHABLE");
    disk.empty();
    // PostgreSQL gives up on such a disk; should it still try, it is told to.
    await server.shutDown();
    await server.comeBack();
    const { summary } = await drain(server);
    assert.equal(summary?.outcome, "drained");
    assert.ok(summary.from! > FULL_AT, "a committed ledger was written again");
  });
});

test("nothing of it was an uncaught exception or an unhandled rejection", options, () => {
  assert.deepEqual(errors.uncaught, []);
});
