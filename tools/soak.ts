/**
 * Runs `wallet start` with the sandbox at a ledger a second for a long time, with good requests all the while, and faults one after the
 * other: floods of expensive queries, restarts and losses of the database, clients that hang. Prints a table and ends with 1 when
 * something that must hold did not.
 *
 * Run: `node tools/soak.ts [--minutes 30] [--fault-seconds 60] [--recovery-seconds 15] [--calm-seconds 45] [--rate 20] [--flood 200]
 * [--faults flood,restart,lose,hang]`; each fault comes once, however few the minutes
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { startEmbeddedDatabase, type EmbeddedDatabase } from "../bin/embedded/embedded-database.ts";
import { freePort } from "../bin/embedded/free-port.ts";
import { LOCAL_CONNECTIONS } from "../bin/local-server/local-server.ts";
import { connectDatabase } from "../functions/shared/database/session.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "30" },
    "fault-seconds": { type: "string", default: "60" },
    "recovery-seconds": { type: "string", default: "15" },
    "calm-seconds": { type: "string", default: "45" },
    faults: { type: "string", default: "flood,restart,lose,hang" },
    rate: { type: "string", default: "20" },
    flood: { type: "string", default: "200" },
  },
});
const [minutes, faultMs, recoveryMs, calmMs, rate, flood] = [
  Number(values.minutes),
  Number(values["fault-seconds"]) * 1000,
  Number(values["recovery-seconds"]) * 1000,
  Number(values["calm-seconds"]) * 1000,
  Number(values.rate),
  Number(values.flood),
];

const MOST_BEHIND_SECONDS = 3;
/** Those of the API, and ingestion's, of which one may be ending while the next begins. */
const MOST_SESSIONS = LOCAL_CONNECTIONS + 2;
/** The sandbox closes a ledger a second, and times are whole seconds. */
const SAMPLE_SLACK_SECONDS = 1;
const REQUEST_MS = 30_000;
const START_MS = 60_000;
const TERM_MS = 10_000;
const HUNG_CLIENTS = 100;

/** Good requests: the five shapes that wallets send most. */
function goodQueries(account: string): string[] {
  const on = (fields: string): string => `{ accountByAddress(address: "${account}") { ${fields} } }`;
  return [
    on("balances(first: 50) { edges { node { __typename balance tokenId } } }"),
    on("transactions(last: 20) { edges { node { hash feeCharged resultCode } operations { id type } } }"),
    on("stateChanges(last: 50) { edges { node { category reason } } }"),
    on("operations(last: 20) { edges { node { id type operationXdr } } }"),
    on("transactions(last: 1) { edges { node { hash ledgerNumber stateChanges(first: 10) { edges { node { category } } } } } }"),
  ];
}

function heavyQuery(account: string): string {
  return `{ accountByAddress(address: "${account}") { transactions(last: 50) { edges { node { hash accounts { address } stateChanges(first: 20) { edges { node { category account { address } } } } } operations { id operationXdr accounts { address } } } } } }`;
}

interface Sample {
  rssMegabytes: number;
  sessions: number;
  behindSeconds: number;
}

interface Row {
  phase: string;
  requests: number;
  failed: number;
  rssMegabytes: number;
  sessions: number;
  behindSeconds: number;
}

const directory = mkdtempSync(join(tmpdir(), "wallet-soak-"));
const port = await freePort();
let database: EmbeddedDatabase = await startEmbeddedDatabase(directory, { port });
const wallet = spawn(
  process.execPath,
  [
    ...process.execArgv,
    "--max-semi-space-size=8",
    "--v8-pool-size=1",
    fileURLToPath(new URL("../bin/wallet.ts", import.meta.url)),
    "start",
    "--json",
    "--close-seconds=1",
    "--port=0",
    `--data-dir=${join(directory, "wallet")}`,
  ],
  // Not as an option: everybody on the machine can read those.
  { stdio: ["ignore", "pipe", "ignore"], env: { ...process.env, DATABASE_URL: database.url } },
);
const violations: string[] = [];
const rows: Row[] = [];

try {
  const [line] = (await once(createInterface(wallet.stdout), "line")) as [string];
  wallet.stdout.resume();
  const { url, example } = JSON.parse(line) as { url: string; example: string };
  const account = /G[A-Z2-7]{55}/.exec(example)![0];
  await catchUp();
  const deadline = Date.now() + minutes * 60_000;
  const known: Record<string, [name: string, fault: () => Promise<void>]> = {
    flood: [`${flood} loops of an expensive query`, () => floodWith(url, heavyQuery(account))],
    restart: ["the database restarts", restart],
    lose: ["the database is lost", lose],
    hang: [`${HUNG_CLIENTS} clients hang`, () => hang(url)],
  };
  const faults = values.faults.split(",").map((name) => {
    if (!Object.hasOwn(known, name)) throw new Error(`--faults ${name}: there are ${Object.keys(known).join(", ")}`);
    return known[name]!;
  });
  await phase("calm", url, account, true, () => sleep(calmMs));
  for (let round = 0; round < faults.length || Date.now() < deadline; round++) {
    const [name, fault] = faults[round % faults.length]!;
    await phase(name, url, account, false, async () => {
      await fault();
      await sleep(recoveryMs);
    });
    await phase("calm", url, account, true, () => sleep(calmMs));
  }
  compareEnds();
  await end();
} finally {
  if (wallet.exitCode === null) wallet.kill("SIGKILL");
  await database.stop();
  rmSync(directory, { recursive: true, force: true });
}

console.table(rows);
for (const violation of violations) console.error(`violated: ${violation}`);
process.exitCode = violations.length > 0 ? 1 : 0;

/** The sandbox begins with ledgers that have closed already. */
async function catchUp(): Promise<void> {
  for (const until = Date.now() + START_MS; Date.now() < until; await sleep(200)) {
    const sample = await take().catch(() => null);
    if (sample && sample.behindSeconds > 0 && sample.behindSeconds <= MOST_BEHIND_SECONDS) return;
  }
  violations.push(`ingestion did not catch up within ${START_MS / 1000} s of the start`);
}

/** Asks good questions while something goes on. @param calm nothing may fail meanwhile */
async function phase(name: string, url: string, account: string, calm: boolean, work: () => Promise<void>): Promise<void> {
  const queries = goodQueries(account);
  const row: Row = { phase: name, requests: 0, failed: 0, rssMegabytes: 0, sessions: 0, behindSeconds: 0 };
  const under = new Set<Promise<void>>();
  let reason = "";
  const asking = setInterval(() => {
    const query = queries[row.requests++ % queries.length]!;
    const one = (async () => {
      const problem = await ask(url, query);
      if (problem === null) return;
      row.failed++;
      reason = problem;
    })();
    under.add(one);
    void one.then(() => under.delete(one));
  }, 1000 / rate);
  const samples: Sample[] = [];
  const done = new AbortController();
  const sampling = (async () => {
    for (; !done.signal.aborted; await sleep(1000)) {
      const sample = await take().catch(() => null);
      if (sample) samples.push(sample);
    }
  })();
  try {
    await work();
  } finally {
    done.abort();
    clearInterval(asking);
    await sampling;
    await Promise.all(under);
  }
  const median = (read: (sample: Sample) => number): number =>
    samples.map(read).toSorted((a, b) => a - b)[samples.length >> 1] ?? Number.NaN;
  row.rssMegabytes = median((sample) => sample.rssMegabytes);
  row.sessions = Math.max(...samples.map((sample) => sample.sessions));
  row.behindSeconds = Math.max(...samples.map((sample) => sample.behindSeconds));
  rows.push(row);
  if (!calm) return;
  const where = `in phase ${rows.length} (calm)`;
  if (row.failed > 0) violations.push(`${row.failed} of ${row.requests} good requests failed ${where}: ${reason}`);
  if (!(row.behindSeconds <= MOST_BEHIND_SECONDS + SAMPLE_SLACK_SECONDS))
    violations.push(`ingestion was ${row.behindSeconds} s behind ${where}, ${recoveryMs / 1000} s after a fault or more`);
}

/** One request; null, or what is wrong with the answer. */
async function ask(url: string, query: string): Promise<string | null> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query }),
      signal: AbortSignal.timeout(REQUEST_MS),
    });
    const text = await response.text();
    return response.status === 200 && !text.includes('"errors"') ? null : `${response.status} ${text.slice(0, 200)}`;
  } catch (error) {
    return error instanceof Error ? error.message : "no Error";
  }
}

async function take(): Promise<Sample> {
  const sql = connectDatabase(database.url, {
    applicationName: "soak",
    statementTimeout: 2_000,
    lockTimeout: 2_000,
    idleInTransactionTimeout: 2_000,
    idleSessionTimeout: 5_000,
  });
  try {
    const [row] = await sql<{ sessions: number; behind: number | null }[]>`
      select (select count(*)::int from pg_stat_activity where backend_type = 'client backend' and application_name <> 'soak') as sessions,
        (select extract(epoch from clock_timestamp() - closed_at)::float8 from cursors where name = 'latest') as behind`;
    const status = readFileSync(`/proc/${wallet.pid}/status`, "utf8");
    const rssMegabytes = Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024);
    return { rssMegabytes, sessions: row!.sessions, behindSeconds: Math.round((row!.behind ?? Number.NaN) * 10) / 10 };
  } finally {
    await sql.end({ timeout: 1 });
  }
}

async function floodWith(url: string, query: string): Promise<void> {
  const until = Date.now() + faultMs;
  await Promise.all(
    Array.from({ length: flood }, async () => {
      while (Date.now() < until) await ask(url, query);
    }),
  );
}

async function restart(): Promise<void> {
  await database.stop();
  await comeBack();
}

/** Ends the server's first process, as when the machine is lost. */
async function lose(): Promise<void> {
  const [pid] = readFileSync(join(directory, "pg", "postmaster.pid"), "utf8").split("\n");
  process.kill(Number(pid), "SIGKILL");
  await database.stop();
  await comeBack();
}

/** An orphaned backend leaves its server's shared memory within moments; before, no other server may start. */
async function comeBack(): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      database = await startEmbeddedDatabase(directory, { port });
      return;
    } catch (error) {
      if (attempt === 100) throw error;
      await sleep(100);
    }
  }
}

/** Clients that send half a request, and ones that never read the response. */
async function hang(url: string): Promise<void> {
  const { hostname, port: apiPort, pathname } = new URL(url);
  const body = JSON.stringify({ query: "{ __typename }" });
  const whole = `POST ${pathname} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
  const sockets: Socket[] = [];
  for (let i = 0; i < HUNG_CLIENTS; i++) {
    const socket = connect(Number(apiPort), hostname);
    socket.on("error", () => {});
    socket.pause();
    socket.write(i % 2 === 0 ? whole.slice(0, -5) : whole.repeat(20));
    sockets.push(socket);
  }
  await sleep(faultMs);
  for (const socket of sockets) socket.destroy();
}

/** Memory of the last calm phase against that of the first, and the most sessions that there were. */
function compareEnds(): void {
  const calm = rows.filter((row) => row.phase === "calm");
  const [first, last] = [calm[0]!, calm.at(-1)!];
  if (last.rssMegabytes > first.rssMegabytes * 1.5 + 64)
    violations.push(`memory grew from ${first.rssMegabytes} to ${last.rssMegabytes} MB`);
  const sessions = Math.max(...rows.map((row) => row.sessions));
  if (sessions > MOST_SESSIONS) violations.push(`there were ${sessions} sessions, of which ${MOST_SESSIONS} may be`);
}

/** SIGTERM must end the process soon, and leave no session. */
async function end(): Promise<void> {
  const started = Date.now();
  wallet.kill("SIGTERM");
  const ended = await Promise.race([once(wallet, "exit").then(() => true), sleep(TERM_MS, false)]);
  if (!ended) violations.push(`SIGTERM did not end the process within ${TERM_MS / 1000} s`);
  else console.log(`SIGTERM ended the process within ${Date.now() - started} ms`);
  const sql = connectDatabase(database.url, {
    applicationName: "soak",
    statementTimeout: 2_000,
    lockTimeout: 2_000,
    idleInTransactionTimeout: 2_000,
    idleSessionTimeout: 5_000,
  });
  const [row] = await sql<{ n: number }[]>`
    select count(*)::int as n from pg_stat_activity where backend_type = 'client backend' and application_name <> 'soak'`;
  await sql.end({ timeout: 1 });
  if (row!.n > 0) violations.push(`${row!.n} sessions are left after the process has ended`);
}
