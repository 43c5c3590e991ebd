import assert from "node:assert/strict";
import { createServer, type AddressInfo } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { connectDatabase, type Database } from "../../functions/shared/database/session.ts";
import { transact } from "../../functions/shared/database/transaction.ts";
import { testDatabase } from "../fixtures/database.ts";
import { FaultProxy } from "../fixtures/fault-proxy.ts";

function connect(url: string): Database {
  return connectDatabase(url, {
    applicationName: "test",
    statementTimeout: 5_000,
    lockTimeout: 5_000,
    idleInTransactionTimeout: 5_000,
    idleSessionTimeout: 0,
  });
}

/** Three statements one after the other; each must be refused, and soon. */
async function assertRefused(sql: Database, code: RegExp): Promise<void> {
  for (const _ of [1, 2, 3]) {
    const answer = await Promise.race([sql`select 1`.catch((error: unknown) => error), sleep(5_000, "no answer", { ref: false })]);
    assert.match(String((answer as { code?: string }).code ?? answer), code);
  }
  await sql.end({ timeout: 1 });
}

test("a server that refuses connections refuses every statement, not only the first", async () => {
  const listener = createServer().listen(0, "127.0.0.1");
  await new Promise((done) => listener.once("listening", done));
  const { port } = listener.address() as AddressInfo;
  await new Promise((done) => listener.close(done));
  await assertRefused(connect(`postgres://a:b@127.0.0.1:${port}/a`), /^(ECONNREFUSED|CONNECTION_ENDED|CONNECTION_DESTROYED)$/);
});

test("a connection that breaks before the session is ready refuses every statement", async () => {
  const { url } = await testDatabase();
  for (const kind of ["cut", "cut-inside"] as const) {
    const proxy = await FaultProxy.start(url, { decide: ({ from }) => (from === "server" ? { kind } : null) });
    await assertRefused(connect(proxy.url), /^CONNECTION_(CLOSED|ENDED|DESTROYED)$/);
    await proxy.stop();
  }
});

test("a connection that breaks later refuses every statement, and none runs at another backend", async () => {
  const { url } = await testDatabase();
  const proxy = await FaultProxy.start(url);
  const sql = connect(proxy.url);
  await sql`select 1`;
  proxy.cutAll();
  await assertRefused(sql, /^CONNECTION_(CLOSED|ENDED|DESTROYED)$/);
  assert.equal(proxy.connections, 1);
  await proxy.stop();
});

test("a transaction whose connection breaks at any message rejects, and nothing is thrown out of every promise", async () => {
  const { url } = await testDatabase();
  const uncaught: unknown[] = [];
  const record = (error: unknown): void => void uncaught.push(error);
  process.on("uncaughtException", record);
  try {
    for (const from of ["client", "server"] as const)
      for (let at = 0, met = true; met; at++) {
        met = false;
        const proxy = await FaultProxy.start(url, {
          decide: (boundary) => {
            if (boundary.from !== from || boundary.index !== at) return null;
            met = true;
            return { kind: "cut" };
          },
        });
        const sql = connect(proxy.url);
        const answer = await transact(sql, async () => {
          await sql`set local lock_timeout = '1s'`;
          const [row] = await sql<{ two: number }[]>`select ${1}::int + 1 as two`;
          return row!.two;
        }).catch((error: unknown) => (error as { code?: string }).code);
        if (met) assert.match(String(answer), /^CONNECTION_(CLOSED|ENDED|DESTROYED)$/, `${from} message ${at}`);
        else assert.equal(answer, 2);
        // The driver's timers of this turn and the next.
        await sleep(5);
        await sql.end({ timeout: 1 });
        await proxy.stop();
      }
  } finally {
    process.off("uncaughtException", record);
  }
  assert.deepEqual(uncaught, []);
});

test("a transaction is kept when its work succeeds, and undone when it fails", async () => {
  const sql = (await testDatabase()).connect();
  await sql`create table kept (n integer)`;
  assert.equal(
    await transact(sql, async () => {
      await sql`insert into kept values (1)`;
      return "done";
    }),
    "done",
  );
  await assert.rejects(
    transact(sql, async () => {
      await sql`insert into kept values (2)`;
      throw new Error("changed my mind");
    }),
    /changed my mind/,
  );
  await assert.rejects(
    transact(sql, async () => {
      await sql`insert into kept values (3)`;
      await sql`select 1 / 0`;
    }),
    { code: "22012" },
  );
  await assert.rejects(
    transact(sql, async () => {
      await sql`insert into kept values (4)`;
      await sql`select 1 / 0`.catch(() => {});
    }),
    /ended with ROLLBACK/,
  );
  assert.deepEqual([...(await sql`select n from kept`)], [{ n: 1 }]);
});
