import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { RunSummary } from "../../functions/ingest/invocation/run-report.ts";
import { lockKey } from "../../functions/ingest/invocation/lock.ts";
import { NEWEST_SCHEMA } from "../../functions/shared/database/schema-version.ts";
import { apiEvent } from "../fixtures/api-event.ts";
import { shortLivedDatabase, type ShortLivedDatabase } from "../fixtures/database.ts";
import { FaultProxy } from "../fixtures/fault-proxy.ts";
import { SANDBOX_PASSPHRASE } from "../fixtures/sandbox-ledgers.ts";
import { startStubRpc } from "../fixtures/stubs/rpc.ts";
import { tableHashes } from "../fixtures/table-hashes.ts";
import { ACCOUNT_QUERY, observeChain } from "./chain.ts";
import { bundle, FunctionProcess, type Outcome } from "./function-process.ts";
import { ledgerFolder, temporaryFolder } from "./ledger-folder.ts";

const LEDGERS = 8;
const chain = await observeChain(await shortLivedDatabase(), LEDGERS);
const folder = temporaryFolder();
const ingest = await bundle("ingest", join(folder, "ingest.mjs"));
const serve = await bundle("serve", join(folder, "serve.mjs"));
const ledgers = ledgerFolder(chain.ledgers);
const started: FunctionProcess[] = [];
after(() => Promise.all(started.map((child) => child.end())));

async function start(code: string, databaseUrl: string, environment: Record<string, string> = {}): Promise<FunctionProcess> {
  const child = await FunctionProcess.start(code, {
    DATABASE_URL: databaseUrl,
    NETWORK_PASSPHRASE: SANDBOX_PASSPHRASE,
    ...environment,
  });
  started.push(child);
  return child;
}

const startIngest = (url: string, code = ingest): Promise<FunctionProcess> => start(code, url, { LEDGERS: ledgers, START_LEDGER: "1" });

interface HttpResult {
  statusCode: number;
  body: string;
}

function result<T>(outcome: Outcome<T>): T {
  assert.ok("result" in outcome, JSON.stringify(outcome));
  return outcome.result;
}

/** Asks serve about the account, and how old its answer is. */
async function ask(api: FunctionProcess): Promise<{ ledger: number | null; lagSeconds: number | null; data: string; health: HttpResult }> {
  const body = JSON.stringify({ query: ACCOUNT_QUERY, variables: { account: chain.account } });
  const { statusCode, body: text } = result(await api.call<HttpResult>(apiEvent({ method: "POST", path: "/graphql/query", body })));
  assert.equal(statusCode, 200, text);
  const answer = JSON.parse(text) as {
    data: unknown;
    errors?: unknown;
    extensions: { ledger: { sequence: number | null; lagSeconds: number | null } };
  };
  assert.equal(answer.errors, undefined);
  const { sequence, lagSeconds } = answer.extensions.ledger;
  const health = result(await api.call<HttpResult>(apiEvent({ method: "GET", path: "/health" })));
  return { ledger: sequence, lagSeconds, data: JSON.stringify(answer.data), health };
}

/** Serve answers as of this ledger, and says how old that is. */
async function assertServes(api: FunctionProcess, ledger: number | null): Promise<void> {
  const answer = await ask(api);
  assert.equal(answer.ledger, ledger);
  assert.equal(answer.data, chain.answers.get(ledger));
  // The chain closed long ago: the age is told, and health says that nobody keeps up.
  assert.equal(answer.health.statusCode, 503);
  const health = JSON.parse(answer.health.body) as { extras: { backend_latest_ledger: number; latest_ledger_closed_at: string | null } };
  assert.equal(health.extras.backend_latest_ledger, ledger ?? 0);
  if (ledger === null) return;
  const closedAt = Date.parse(health.extras.latest_ledger_closed_at!);
  const age = (Date.now() - closedAt) / 1000;
  assert.ok(Math.abs(answer.lagSeconds! - age) < 60, `${answer.lagSeconds} s where ${age} s have passed`);
}

/**
 * Runs ingest until a part of this ledger is in its open transaction, and kills it there. The server does not learn of it, as
 * when a machine is lost.
 * @returns lets the server learn of it
 */
async function killInside(database: ShortLivedDatabase, ledger: number): Promise<() => Promise<void>> {
  let begins = 0;
  let child: FunctionProcess | null = null;
  const proxy = await FaultProxy.start(database.url, {
    decide: ({ from, type, text }) => {
      if (from !== "client") return null;
      if (type === "Q" && text === "begin") begins++;
      // Of its first COPY the server has the rows and not the end.
      if (begins < ledger || type !== "c") return null;
      child!.signal("SIGKILL");
      return { kind: "stall" };
    },
  });
  child = await startIngest(proxy.url);
  assert.deepEqual(await child.call(), { lost: true });
  return () => proxy.stop();
}

/** Calls ingest until it has nothing left to do. */
async function drained(ingest: FunctionProcess): Promise<void> {
  for (let call = 0; result(await ingest.call<RunSummary>()).outcome !== "drained"; call++) {
    assert.ok(call < 100, "no progress");
    await sleep(20);
  }
}

test("serve answers before ingest was ever deployed", async () => {
  const database = await shortLivedDatabase();
  await assertServes(await start(serve, database.url), null);
});

test("serve answers from the last whole ledger when ingest was killed in the middle of one, and goes on when ingest does", async () => {
  const database = await shortLivedDatabase();
  const api = await start(serve, database.url);
  const letGo = await killInside(database, 4);
  await assertServes(api, 3);
  const next = await startIngest(database.url);
  assert.equal(result(await next.call<RunSummary>()).outcome, "held");
  await assertServes(api, 3);
  await letGo();
  await drained(next);
  await assertServes(api, LEDGERS);
  assert.deepEqual(await tableHashes(database.connect()), chain.tables);
});

test("serve answers while ingest is locked out, and ingest says so", async () => {
  const database = await shortLivedDatabase();
  const holder = database.connect();
  // As a session of another invocation that will not end.
  await holder`select pg_advisory_lock(${lockKey("custom")}::bigint)`;
  assert.equal(result(await (await startIngest(database.url)).call<RunSummary>()).outcome, "held");
  await assertServes(await start(serve, database.url), null);
});

test("ingest goes on while serve is down, and serve catches up when it is back", async () => {
  const database = await shortLivedDatabase();
  const first = await start(serve, database.url);
  await assertServes(first, null);
  await first.end();
  assert.equal(result(await (await startIngest(database.url)).call<RunSummary>()).ledgers, LEDGERS);
  await assertServes(await start(serve, database.url), LEDGERS);
});

test("bundles of other versions work against the same database as long as its schema is in their range", async () => {
  const database = await shortLivedDatabase();
  const newerIngest = await bundle("ingest", join(folder, "newer-ingest.mjs"), NEWEST_SCHEMA + 1);
  const olderServe = await bundle("serve", join(folder, "older-serve.mjs"), NEWEST_SCHEMA - 1);
  const newerServe = await bundle("serve", join(folder, "newer-serve.mjs"), NEWEST_SCHEMA + 1);
  const apis = await Promise.all([serve, olderServe, newerServe].map((code) => start(code, database.url)));
  const letGo = await killInside(database, 3);
  await letGo();
  for (const api of apis) await assertServes(api, 2);
  await Promise.all([ingest, newerIngest].map(async (code) => drained(await startIngest(database.url, code))));
  for (const api of apis) await assertServes(api, LEDGERS);
  assert.deepEqual(await tableHashes(database.connect()), chain.tables);
});

test("an ingest bundle that does not know the database's schema yet writes nothing, while serve goes on", async () => {
  const database = await shortLivedDatabase();
  const olderIngest = await bundle("ingest", join(folder, "older-ingest.mjs"), NEWEST_SCHEMA - 1);
  const outcome = await (await startIngest(database.url, olderIngest)).call();
  assert.equal("error" in outcome && outcome.error.code, "DATABASE_NEWER");
  await assertServes(await start(serve, database.url), null);
});

test("serve connects to the database and nothing else, ingest to the database and its source", async () => {
  const database = await shortLivedDatabase();
  const { hostname, port } = new URL(database.url);
  const rpc = await startStubRpc({ passphrase: SANDBOX_PASSPHRASE, ledgers: chain.ledgers.map(({ bytes }) => bytes) });
  try {
    const live = await start(ingest, database.url, { RPC_URL: rpc.url, START_LEDGER: "1" });
    assert.equal(result(await live.call<RunSummary>()).ledgers, LEDGERS);
    const api = await start(serve, database.url);
    await assertServes(api, LEDGERS);
    assert.deepEqual([...api.connections], [`${hostname}:${port}`]);
    assert.deepEqual([...live.connections].sort(), [`${hostname}:${port}`, new URL(rpc.url).host].sort());
  } finally {
    await rpc.stop();
  }
});

test("nothing of it was an uncaught exception or an unhandled rejection", () => {
  assert.deepEqual(
    started.flatMap(({ uncaught }) => uncaught),
    [],
  );
});
