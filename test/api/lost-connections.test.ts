import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { test, type TestContext } from "node:test";
import { Pool } from "../../functions/serve/database/pool.ts";
import { Snapshot } from "../../functions/serve/database/snapshot.ts";
import { testDatabase } from "../fixtures/database.ts";
import { FaultProxy } from "../fixtures/fault-proxy.ts";
import { type TestApi, testApi } from "../fixtures/serve-handler.ts";

const HASH = "0".repeat(64);
const QUERY = `{ transactionByHash(hash: "${HASH}") { hash } }`;

type Row = { one: number } & Iterable<{ one: number }>;
const one = async (snapshot: Snapshot) => Array.from(await snapshot.query((sql) => sql<Row[]>`select 1 as one`));

const database = await testDatabase();

/** An API behind a proxy that can break its connections. */
async function start(t: TestContext, maxConnections: number): Promise<{ api: TestApi; proxy: FaultProxy }> {
  const proxy = await FaultProxy.start(database.url);
  const api = testApi(proxy.url, { dbMaxConns: maxConnections });
  t.after(async () => {
    await api.close();
    await proxy.stop();
  });
  return { api, proxy };
}

const found = ({ data, errors }: Awaited<ReturnType<TestApi["ask"]>>): void => {
  assert.deepEqual([data, errors], [{ transactionByHash: null }, undefined]);
};

test("a server that closes every connection before it is ready is an error at once, and is not besieged", async (t) => {
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    socket.on("error", () => {}).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const api = testApi(`postgres://nobody@127.0.0.1:${(server.address() as AddressInfo).port}/none`);
  t.after(async () => {
    await api.close();
    server.close();
  });
  for (let attempt = 1; attempt <= 3; attempt++) {
    const started = performance.now();
    const { errors } = await api.ask(QUERY);
    const took = performance.now() - started;
    assert.equal(errors?.[0]?.extensions.code, "DATABASE_UNAVAILABLE");
    assert.ok(took < 3_000, `${took} ms`);
    assert.ok(connections <= 2 * attempt, `${connections} connections in ${attempt} requests`);
  }
});

test("connections that broke while nobody used them are replaced without an error, however many", async (t) => {
  const { api, proxy } = await start(t, 4);
  const together = async (): Promise<void> => (await Promise.all(Array.from({ length: 4 }, () => api.ask(QUERY)))).forEach(found);
  await together();
  assert.equal(proxy.connections, 4);
  proxy.cutAll();
  // Some before the broken sockets have told so, some after.
  found(await api.ask(QUERY));
  found(await api.ask(QUERY));
  await together();
  assert.ok(proxy.connections <= 9, `${proxy.connections} connections`);
});

for (const moment of ["the first statement goes out", "the first statement is done"] as const) {
  test(`a connection that breaks when ${moment} costs a repetition, not an error`, async (t) => {
    const { api, proxy } = await start(t, 1);
    found(await api.ask(QUERY));
    let cuts = 0;
    proxy.decide = ({ from, type, text }) => {
      const now = moment === "the first statement is done" ? from === "server" && type === "C" && text.startsWith("SELECT") : type === "E";
      return now && cuts++ === 0 ? { kind: "cut" } : null;
    };
    found(await api.ask(QUERY));
    assert.equal(cuts > 0, true);
    found(await api.ask(QUERY));
    assert.equal(proxy.connections, 2);
  });
}

test("a connection that breaks again and again is an error, and the next request is served", async (t) => {
  const { api, proxy } = await start(t, 1);
  found(await api.ask(QUERY));
  proxy.decide = ({ type }) => (type === "E" ? { kind: "cut" } : null);
  const { errors } = await api.ask(QUERY);
  assert.equal(errors?.[0]?.extensions.code, "DATABASE_UNAVAILABLE");
  proxy.decide = () => null;
  found(await api.ask(QUERY));
});

test("a connection that breaks between two statements of a snapshot gives the second no other snapshot", async (t) => {
  const proxy = await FaultProxy.start(database.url);
  const pool = new Pool({ databaseUrl: proxy.url, maximum: 1 });
  t.after(async () => {
    await pool.close();
    await proxy.stop();
  });
  const snapshot = new Snapshot(pool);
  await one(snapshot);
  proxy.cutAll();
  await assert.rejects(one(snapshot));
  assert.equal(snapshot.lost, true);
  snapshot.end();
  const next = new Snapshot(pool);
  assert.deepEqual(await one(next), [{ one: 1 }]);
  next.end();
});
