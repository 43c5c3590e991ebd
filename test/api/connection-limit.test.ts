import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "../../functions/serve/database/pool.ts";
import { Snapshot, type Statement } from "../../functions/serve/database/snapshot.ts";
import { WaitingLine } from "../../functions/serve/database/waiting-line.ts";
import { connectDatabase } from "../../functions/shared/database/session.ts";
import { testDatabase } from "../fixtures/database.ts";
import { testApi } from "../fixtures/serve-handler.ts";

const database = await testDatabase();
const sql = database.connect();
const bounded = { timeout: 30_000 };
type One = { one: number };
type Rows = (One & Iterable<One>)[];
const one: Statement<One> = (connection) => connection<Rows>`select 1 as one`;
const slow: Statement<One> = (connection) => connection<Rows>`select 1 as one from pg_sleep(20)`;
const G = "GDFJPAISZIN33SX2YIY3HGRD3RG2PBXP7AKHYTTSXGAHPBNP5ZELXIPR";
const QUERY = `{ accountByAddress(address: "${G}") { transactions(first: 1) { edges { cursor } } } }`;

async function sessions(): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::integer as count from pg_stat_activity
    where application_name = 'wallet-serve' and datname = current_database()`;
  return row!.count;
}

/** Waits until there are so many sessions. */
async function sessionsBecome(count: number): Promise<void> {
  for (let attempt = 0; (await sessions()) !== count; attempt++) {
    assert.ok(attempt < 200, `${await sessions()} sessions instead of ${count}`);
    await sleep(50);
  }
}

/** A lock on what every account's page reads, until it is given back. */
async function lock(): Promise<() => Promise<void>> {
  const holder = database.connect();
  await holder.unsafe("begin; lock table account_links in access exclusive mode");
  return async () => void (await holder.unsafe("rollback"));
}

/** Passes connections on to the database, each after some milliseconds, as a server does that is slow to accept. */
async function slowDoor(t: TestContext, milliseconds: number): Promise<{ url: string; open: () => number }> {
  const sockets = new Set<Socket>();
  const target = new URL(database.url);
  const listener = createServer({ allowHalfOpen: true }, (client) => {
    sockets.add(client);
    client.on("error", () => {}).on("close", () => sockets.delete(client));
    setTimeout(() => {
      const server = connect({ host: target.hostname, port: Number(target.port), allowHalfOpen: true });
      server.on("error", () => client.destroy()).on("close", () => client.destroy());
      client.on("close", () => server.destroy());
      client.pipe(server).pipe(client);
    }, milliseconds);
  }).listen(0, "127.0.0.1");
  await once(listener, "listening");
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    listener.close();
  });
  const url = new URL(target);
  url.hostname = "127.0.0.1";
  url.port = String((listener.address() as AddressInfo).port);
  return { url: url.href, open: () => sockets.size };
}

test("under a lock 45 requests never have more sessions than allowed, are refused beyond the line, and leave none", bounded, async (t) => {
  const unlock = await lock();
  t.after(unlock);
  const api = testApi(database.url, { dbMaxConns: 10, dbMaxWaiting: 20, dbStatementTimeoutSeconds: 1 });
  let most = 0;
  const watching = setInterval(() => void sessions().then((count) => (most = Math.max(most, count))), 20);
  const answers = await Promise.all(Array.from({ length: 45 }, () => api.post(JSON.stringify({ query: QUERY }))));
  clearInterval(watching);
  assert.equal(most, 10);
  const refused = answers.filter(({ status }) => status === 503);
  assert.ok(refused.length >= 15, `${refused.length} refused`);
  for (const { headers, body } of refused) {
    assert.match(headers["retry-after"]!, /^[1-9]\d*$/);
    assert.match(body, /"code":"OVERLOADED"/);
  }
  await unlock();
  assert.equal((await api.post(JSON.stringify({ query: QUERY }))).status, 200);
  await api.close();
  await sessionsBecome(0);
});

test("what a request was doing when its time was up is cancelled on the server, and its place taken after that", bounded, async (t) => {
  const pool = new Pool({ databaseUrl: database.url, maximum: 1, statementTimeout: 25_000 });
  t.after(() => pool.close());
  const late = new Snapshot(pool, 300);
  const started = performance.now();
  await assert.rejects(late.query(slow), /the request read for too long/);
  const next = new Snapshot(pool);
  await next.query(one);
  next.end();
  assert.ok(performance.now() - started < 5_000, "the place is free long before the statement would have ended");
  assert.equal(await sessions(), 1);
});

test("a pool that is closed ends what runs, refuses who waits and who comes, and leaves no session", bounded, async () => {
  const pool = new Pool({ databaseUrl: database.url, maximum: 1 });
  const [running, waiting, coming] = [new Snapshot(pool), new Snapshot(pool), new Snapshot(pool)];
  const ended = assert.rejects(running.query(slow));
  const queued = assert.rejects(waiting.query(one), /the API is stopping/);
  await sessionsBecome(1);
  await pool.close();
  await Promise.all([ended, queued]);
  await assert.rejects(coming.query(one), /the API is stopping/);
  for (const snapshot of [running, waiting, coming]) snapshot.end();
  assert.equal(await sessions(), 0);
});

test("a request whose time is up while it waits leaves the line, and sends nothing", bounded, async (t) => {
  const pool = new Pool({ databaseUrl: database.url, maximum: 1, maximumWaiting: 1 });
  t.after(() => pool.close());
  const holder = await pool.acquire();
  const [pid] = await holder<{ pid: number }[]>`select pg_backend_pid() as pid`;
  const late = new Snapshot(pool, 100);
  await assert.rejects(late.query(one), /no connection was free in time/);
  assert.deepEqual([late.statements, late.unavailable], [0, "OVERLOADED"]);
  // Its place in the line is another's.
  const next = new Snapshot(pool);
  const rows = next.query(one);
  pool.release(holder);
  assert.equal((await rows).length, 1);
  next.end();
  const [state] = await sql<{ query: string }[]>`select query from pg_stat_activity where pid = ${pid!.pid}`;
  assert.match(state!.query, /commit|select 1 as one/);
});

test("nobody waits in line for longer than its bound", async () => {
  const line = new WaitingLine(2, 50);
  const [first, second, third] = [line.join(), line.join(), line.join()];
  await assert.rejects(third, /already wait/);
  await assert.rejects(first, /within 50 ms/);
  await assert.rejects(second, /within 50 ms/);
  assert.equal(line.length, 0);
});

test("20 connections that are discarded while a slow server lets them in leave no session and no socket", bounded, async (t) => {
  const door = await slowDoor(t, 500);
  const pool = new Pool({ databaseUrl: door.url, maximum: 20 });
  const asked = Array.from({ length: 20 }, async () => {
    const snapshot = new Snapshot(pool, 100);
    await assert.rejects(snapshot.query(one));
    assert.equal(snapshot.unavailable, "DATABASE_UNAVAILABLE");
  });
  await Promise.all(asked);
  await pool.close();
  for (let attempt = 0; door.open() > 0; attempt++) {
    assert.ok(attempt < 100, `${door.open()} sockets`);
    await sleep(50);
  }
  await sessionsBecome(0);
});

test("a session that is ended while its connection is being made leaves none behind, encrypted or not", bounded, async (t) => {
  // Takes connections and says nothing, not even to a request for TLS.
  const sockets = new Set<Socket>();
  const silent = createServer((socket) => {
    sockets.add(socket);
    socket
      .on("error", () => {})
      .on("close", () => sockets.delete(socket))
      .resume();
  }).listen(0, "127.0.0.1");
  await once(silent, "listening");
  t.after(() => silent.close());
  const { port } = silent.address() as AddressInfo;
  const bounds = { statementTimeout: 1, lockTimeout: 1, idleInTransactionTimeout: 1, idleSessionTimeout: 1 };
  for (const mode of ["require", "disable"]) {
    for (const pause of [0, 100]) {
      const session = connectDatabase(`postgres://nobody@127.0.0.1:${port}/none?sslmode=${mode}`, { applicationName: "test", ...bounds });
      const refused = assert.rejects(session`select 1`);
      await sleep(pause);
      await session.end({ timeout: 0 });
      await refused;
    }
  }
  for (let attempt = 0; sockets.size > 0; attempt++) {
    assert.ok(attempt < 120, `${sockets.size} sockets`);
    await sleep(50);
  }
});
