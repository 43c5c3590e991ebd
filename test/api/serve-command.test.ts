import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { testDatabase } from "../fixtures/database.ts";

const script = fileURLToPath(new URL("../../bin/wallet.ts", import.meta.url));
const database = await testDatabase();
const sql = database.connect();
const QUERY =
  '{ accountByAddress(address: "GDFJPAISZIN33SX2YIY3HGRD3RG2PBXP7AKHYTTSXGAHPBNP5ZELXIPR") { transactions(first: 1) { edges { cursor } } } }';

async function sessions(): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::integer as count from pg_stat_activity
    where application_name = 'wallet-serve' and datname = current_database()`;
  return row!.count;
}

test("`wallet serve` ends at SIGTERM while 45 requests wait for a lock, and leaves no session", { timeout: 60_000 }, async (t) => {
  const holder = database.connect();
  await holder.unsafe("begin; lock table account_links in access exclusive mode");
  const child = spawn(process.execPath, [script, "serve", "--json", "--port", "0"], {
    env: { ...process.env, DATABASE_URL: database.url, INGEST_DATABASE_URL: "", DATABASE_SECRET_ARN: "" },
    stdio: ["ignore", "pipe", "ignore"],
  });
  t.after(() => child.kill("SIGKILL"));
  const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  const { url } = JSON.parse(line) as { url: string };
  const asked = Array.from({ length: 45 }, () =>
    fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ query: QUERY }) }).catch(
      () => null,
    ),
  );
  for (let attempt = 0; (await sessions()) < 10; attempt++) {
    assert.ok(attempt < 400, `${await sessions()} sessions`);
    await sleep(50);
  }
  assert.equal(await sessions(), 10);
  const started = performance.now();
  child.kill("SIGTERM");
  const [code] = (await once(child, "exit")) as [number | null];
  assert.equal(code, 0);
  assert.ok(performance.now() - started < 8_000, `${performance.now() - started} ms`);
  assert.equal(await sessions(), 0);
  await Promise.all(asked);
  await holder.unsafe("rollback");
});
