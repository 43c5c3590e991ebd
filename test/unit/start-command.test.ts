import assert from "node:assert/strict";
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { runningDatabase } from "../../bin/embedded/running-database.ts";

const script = fileURLToPath(new URL("../../bin/wallet.ts", import.meta.url));

interface Started {
  child: ChildProcess;
  url: string;
  example: string;
}

/** Runs `wallet start` on a free port and waits for its first line. Killed at the end of the test, whatever happens. */
async function start(t: TestContext, directory: string): Promise<Started> {
  const { DATABASE_URL: _url, INGEST_DATABASE_URL: _ingest, ...env } = process.env;
  const args = [script, "start", "--json", "--port", "0", "--data-dir", directory, "--close-seconds", "1", "--interval-seconds", "2"];
  // A network that is set and has no source is none of the sandbox's business.
  const child = spawn(process.execPath, args, { env: { ...env, NETWORK: "testnet" }, stdio: ["ignore", "pipe", "pipe"] });
  t.after(() => child.kill("SIGKILL"));
  let errors = "";
  child.stderr.on("data", (text: Buffer) => (errors += text.toString()));
  for await (const line of createInterface({ input: child.stdout })) {
    child.stdout.resume();
    const { url, example }: { url: string; example: string } = JSON.parse(line);
    return { child, url, example };
  }
  throw new Error(`wallet start ended: ${errors}`);
}

/** The newest ledger that an answer of the API is about; null before the first. */
async function newestLedger(url: string): Promise<number | null> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: `{ transactionByHash(hash: "${"0".repeat(64)}") { hash } }` }),
  });
  const { extensions }: { extensions?: { ledger?: { sequence: number } } } = await response.json();
  return extensions?.ledger?.sequence ?? null;
}

/** Sends the request that `start` offers to try; gives the number of balances in the answer. */
async function exampleBalances({ url, example }: Started): Promise<number> {
  const body = /-d '(.*)'$/.exec(example)?.[1];
  const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
  const answer: { errors?: unknown; data: { accountByAddress: { balances: { edges: unknown[] } } } } = await response.json();
  assert.equal(answer.errors, undefined);
  return answer.data.accountByAddress.balances.edges.length;
}

async function waitFor(url: string, least: number): Promise<number> {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; await sleep(100)) {
    const sequence = await newestLedger(url);
    if (sequence !== null && sequence >= least) return sequence;
  }
  throw new Error(`ledger ${least} did not come within 30 seconds`);
}

async function interruptAndWait(child: ChildProcess): Promise<number | null> {
  const exited = once(child, "exit");
  child.kill("SIGINT");
  await exited;
  return child.exitCode;
}

/** What `wallet status` says when nothing but the data directory tells it where to look. */
async function statusOf(directory: string): Promise<{ latest: { ledger: number } }> {
  const { DATABASE_URL: _url, INGEST_DATABASE_URL: _ingest, ...env } = process.env;
  const { stdout } = await promisify(execFile)(process.execPath, [script, "status", "--json", "--data-dir", directory], { env });
  return JSON.parse(stdout);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test("start ingests a sandbox, serves it, stops without an orphan and goes on with the same chain", { timeout: 120_000 }, async (t) => {
  const directory = mkdtempSync(join(tmpdir(), "wallet-start-"));
  t.after(() => rmSync(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }));

  const first = await start(t, directory);
  const seen = await waitFor(first.url, 61);
  assert.ok((await exampleBalances(first)) >= 3, "XLM and two trustlines");
  assert.ok((await statusOf(directory)).latest.ledger >= seen, "another terminal sees the running database");
  const pidFile = join(directory, "sandbox", "pg", "postmaster.pid");
  const postgres = Number(readFileSync(pidFile, "utf8").split("\n")[0]);
  assert.ok(isRunning(postgres));
  assert.equal(await interruptAndWait(first.child), 0);
  assert.ok(!isRunning(postgres), "PostgreSQL is still running");
  assert.ok(!existsSync(pidFile));

  const second = await start(t, directory);
  assert.ok((await waitFor(second.url, seen + 2)) > seen);
  assert.equal(await interruptAndWait(second.child), 0);
});

test("of several running databases none is taken for the one that is meant, and a server that is gone is none", (t) => {
  const directory = mkdtempSync(join(tmpdir(), "wallet-running-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const add = (name: string, pid: number, port: number): void => {
    mkdirSync(join(directory, name, "pg"), { recursive: true });
    writeFileSync(join(directory, name, "pg", "pg-password"), "secret");
    writeFileSync(join(directory, name, "pg", "postmaster.pid"), `${pid}\n${directory}\n0\n${port}\n`);
  };
  assert.equal(runningDatabase(join(directory, "nowhere"), "serve"), null);
  add("gone", 2 ** 22 + 1, 4000);
  assert.equal(runningDatabase(directory, "serve"), null);
  add("sandbox", process.pid, 4001);
  assert.equal(runningDatabase(directory, "serve"), "postgres://wallet:secret@127.0.0.1:4001/wallet");
  add("pubnet", process.pid, 4002);
  assert.throws(() => runningDatabase(directory, "serve"), { code: "CONFIG_INVALID", message: /sandbox.*--data-dir/s });
  assert.equal(runningDatabase(join(directory, "pubnet"), "serve"), "postgres://wallet:secret@127.0.0.1:4002/wallet");
});
