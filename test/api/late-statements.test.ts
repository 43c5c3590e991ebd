import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "../../functions/serve/database/pool.ts";
import { Snapshot } from "../../functions/serve/database/snapshot.ts";
import { testDatabase } from "../fixtures/database.ts";
import { testApi } from "../fixtures/serve-handler.ts";

/** An answer can be complete while a resolver is still at work: what that one asks then must not take the only connection. */

type Row = { one: number } & Iterable<{ one: number }>;
const one = async (snapshot: Snapshot) => Array.from(await snapshot.query((sql) => sql<Row[]>`select 1 as one`));

const database = await testDatabase();

/** A defect must fail a test, not hang it. */
const bounded = { timeout: 10_000 };

/** The only connection. */
function poolOfOne(t: TestContext): Pool {
  const pool = new Pool({ databaseUrl: database.url, maximum: 1 });
  t.after(() => pool.close());
  return pool;
}

/** What the promise gives, or "nothing" after three seconds. */
const soon = <T>(promise: Promise<T>): Promise<T | "nothing"> => Promise.race([promise, sleep(3_000, "nothing" as const, { ref: false })]);

async function nextIsServed(pool: Pool): Promise<void> {
  const next = new Snapshot(pool);
  assert.deepEqual(await soon(one(next)), [{ one: 1 }]);
  next.end();
}

test("a statement after the end of a request that sent none is refused, and the connection is free", bounded, async (t) => {
  const pool = poolOfOne(t);
  const snapshot = new Snapshot(pool);
  snapshot.end();
  await assert.rejects(one(snapshot), /the request is over/);
  assert.equal(snapshot.statements, 0);
  await nextIsServed(pool);
});

test("a statement after the end of a request that sent some is refused, and stays out of the next one's snapshot", bounded, async (t) => {
  const pool = poolOfOne(t);
  const snapshot = new Snapshot(pool);
  await one(snapshot);
  snapshot.end();
  await assert.rejects(one(snapshot), /the request is over/);
  assert.equal(snapshot.statements, 1);
  await nextIsServed(pool);
});

test(
  "a statement that still waits for a connection when its request ends is refused, and the connection goes to the next",
  bounded,
  async (t) => {
    const pool = poolOfOne(t);
    const holder = new Snapshot(pool);
    await one(holder);
    const waiting = new Snapshot(pool);
    const refused = assert.rejects(one(waiting), /the request is over/);
    waiting.end();
    holder.end();
    await refused;
    assert.equal(waiting.statements, 0);
    await nextIsServed(pool);
  },
);

test("a query that fails while other fields are under way leaves the API's only connection to the next one", bounded, async (t) => {
  const api = testApi(database.url, { dbMaxConns: 1 });
  t.after(() => api.close());
  const account = 'accountByAddress(address: "GDFJPAISZIN33SX2YIY3HGRD3RG2PBXP7AKHYTTSXGAHPBNP5ZELXIPR")';
  const fields = ["transactions", "operations", "stateChanges", "balances", "sep41Allowances", "allowancesReceived"];
  for (const field of fields) {
    // The first fails before anything is sent, and takes its parent with it.
    const { errors } = await api.ask(`{ ${account} { bad: transactions(first: 0) { edges { cursor } } ${field} { edges { cursor } } } }`);
    assert.deepEqual(
      errors?.map(({ message }) => message),
      ["first must be greater than 0"],
    );
    const next = await soon(api.ask(`{ ${account} { ${fields.map((name) => `${name} { edges { cursor } }`).join(" ")} } }`));
    assert.ok(next !== "nothing", `${field} keeps the connection`);
    assert.equal(next.errors, undefined);
  }
});
