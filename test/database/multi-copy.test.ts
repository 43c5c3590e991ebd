import assert from "node:assert/strict";
import { test } from "node:test";
import { BinaryCopy } from "../../functions/ingest/persist/binary-copy.ts";
import { multiCopy } from "../../functions/ingest/persist/multi-copy.ts";
import { testDatabase } from "../fixtures/database.ts";

const database = await testDatabase("nothing");
const sql = database.connect();
await sql`create table a (n integer primary key)`;
await sql`create table b (n integer primary key) partition by range (n)`;
await sql`create table b_low partition of b for values from (0) to (10)`;

function numbers(...values: number[]): Buffer {
  const copy = new BinaryCopy();
  copy.reset();
  for (const value of values) {
    copy.row(1);
    copy.int32(value);
  }
  return Buffer.from(copy.finish());
}

const into = (table: string): string => `copy ${table} (n) from stdin (format binary)`;

async function counts(): Promise<unknown> {
  const [row] = await sql`select (select count(*)::int from a) as a, (select count(*)::int from b) as b`;
  return { ...row };
}

test("several COPYs go in one query", async () => {
  await multiCopy(sql, [
    { statement: into("a"), data: numbers(1, 2) },
    { statement: into("b"), data: numbers(3) },
  ]);
  assert.deepEqual(await counts(), { a: 2, b: 1 });
});

const failures: [name: string, second: string, data: Buffer, sqlstate: string][] = [
  ["a duplicate key", into("a"), numbers(2), "23505"],
  ["a missing partition", into("b"), numbers(99), "23514"],
  ["garbage", into("a"), Buffer.from("no binary copy at all"), "22P04"],
  ["a missing table", into("nowhere"), numbers(1), "42P01"],
];

for (const [name, statement, data, sqlstate] of failures) {
  test(`${name} is the server's error, nothing of the query stays, and the connection goes on`, async () => {
    const before = await counts();
    const copies = [
      { statement: into("a"), data: numbers(7) },
      { statement, data },
    ];
    await assert.rejects(multiCopy(sql, copies), { code: sqlstate });
    assert.deepEqual(await counts(), before);
    await multiCopy(sql, [{ statement: into("b"), data: numbers(5) }]);
    await sql`delete from b where n = 5`;
  });
}

test("a backend that dies during a COPY rejects", async () => {
  const victim = database.connect();
  const [row] = await victim<{ pid: number }[]>`select pg_backend_pid() as pid`;
  const blocked = multiCopy(victim, [{ statement: "select pg_sleep(5)", data: Buffer.alloc(0) }]);
  const rejected = assert.rejects(blocked, (error) =>
    ["57P01", "CONNECTION_CLOSED", "ECONNRESET", "EPIPE"].includes((error as { code: string }).code),
  );
  await sql`select pg_terminate_backend(${row!.pid})`;
  await rejected;
});
