import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Status } from "../../bin/status/read-status.ts";
import { startSecretsServer } from "../../bin/rehearse/secrets-server.ts";
import { takeLock } from "../../functions/ingest/invocation/lock.ts";
import { testDatabase } from "../fixtures/database.ts";
import { ingestSandbox, memorySource } from "../fixtures/ingest-sandbox.ts";
import { SANDBOX_PASSPHRASE, sandboxLedgers } from "../fixtures/sandbox-ledgers.ts";

const script = fileURLToPath(new URL("../../bin/wallet.ts", import.meta.url));
const LEDGERS = sandboxLedgers(8);

/** @param database its URL, or the environment that names it @param changes to the environment */
async function wallet(
  args: string[],
  database: string | Record<string, string>,
  changes: Record<string, string> = {},
): Promise<{ code: number | null; out: string; error: string }> {
  const { RPC_URL: _rpc, LEDGERS: _ledgers, DATASTORE_BUCKET_PATH: _lake, DATABASE_URL: _url, ...rest } = process.env;
  const named = typeof database === "string" ? { DATABASE_URL: database } : database;
  const env = { ...rest, ...named, NETWORK_PASSPHRASE: SANDBOX_PASSPHRASE, ...changes };
  const child = spawn(process.execPath, [script, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  let [out, error] = ["", ""];
  child.stdout.on("data", (text: Buffer) => (out += text.toString()));
  child.stderr.on("data", (text: Buffer) => (error += text.toString()));
  await once(child, "close");
  return { code: child.exitCode, out, error };
}

test("status tells cursor, lag, gaps, sizes, partitions, failures and runs", async () => {
  const database = await testDatabase();
  await ingestSandbox(database.url, memorySource(LEDGERS.slice(0, 6), { latest: () => Promise.resolve(8) }));
  await ingestSandbox(database.url, memorySource([...LEDGERS.slice(0, 6), new Uint8Array(3)]));
  await database.connect()`delete from ledgers where sequence in (3, 4)`;
  const { code, out, error } = await wallet(["status", "--json"], database.url);
  assert.equal(code, 0, error);
  const status: Status = JSON.parse(out);
  assert.equal(status.network, SANDBOX_PASSPHRASE);
  assert.deepEqual([status.latest?.ledger, status.oldest, status.tip, status.lag], [6, 1, 8, 2]);
  assert.deepEqual(status.gaps, [{ first: 3, last: 4 }]);
  assert.equal(status.holder, null);
  assert.ok(status.databaseBytes > 0 && status.tables.some(({ table, partitions }) => table === "transactions" && partitions === 3));
  assert.deepEqual(status.days, { first: "2025-10-09", last: "2025-10-11" });
  assert.deepEqual(
    status.failures.map(({ ledger, attempts, error_code }) => [ledger, attempts, error_code]),
    [[7, 1, "LEDGER_CORRUPT"]],
  );
  assert.deepEqual(
    status.runs.map(({ outcome, ledgers }) => [outcome, ledgers]),
    [
      ["failed", 0],
      ["drained", 6],
    ],
  );
  const text = await wallet(["status"], database.url);
  assert.match(text.out, /newest +ledger 6.*2 behind ledger 8/);
  assert.match(text.out, /gaps +3 to 4/);
  assert.match(text.out, /7: 1 attempts.*LEDGER_CORRUPT/);
});

test("status tells who holds the lock, also without a word of the network", async () => {
  const database = await testDatabase();
  await ingestSandbox(database.url, memorySource(LEDGERS.slice(0, 2)));
  const holder = database.connect();
  await takeLock(holder, "custom", SANDBOX_PASSPHRASE);
  const { out } = await wallet(["status", "--json"], database.url, { NETWORK_PASSPHRASE: "" });
  assert.equal((JSON.parse(out) as Status).holder, "test");
});

test("status of a database that was never migrated says what to run", async () => {
  const database = await testDatabase("nothing");
  const { code, error } = await wallet(["status"], database.url);
  assert.equal(code, 1);
  assert.match(error, /DATABASE_TOO_OLD: .*wallet -- migrate/);
});

type Results = { check: string; level: string; message: string; advice?: string }[];

async function doctor(
  database: string | Record<string, string>,
  ...args: string[]
): Promise<{ code: number | null; level: (check: string) => string | undefined; results: Results }> {
  const { code, out, error } = await wallet(["doctor", "--json", ...args], database);
  assert.notEqual(out, "", error);
  const results: Results = JSON.parse(out);
  return { code, results, level: (check) => results.find((result) => result.check === check)?.level };
}

test("doctor finds a healthy database healthy, and says what to do about the rest", async () => {
  const database = await testDatabase();
  await ingestSandbox(database.url, memorySource(LEDGERS));
  const { code, results, level } = await doctor(database.url);
  assert.equal(code, 0, JSON.stringify(results));
  for (const check of ["configuration", "connection", "database version", "TimescaleDB", "schema", "privileges", "network", "clock"])
    assert.equal(level(check), "ok", check);
  assert.equal(level("ledger source"), "warn");
  assert.equal(level("progress"), "warn", "the sandbox's ledgers are old");
  for (const result of results) assert.equal(result.advice !== undefined, result.level !== "ok", result.check);
});

test("doctor takes the network from where ingest would: the settings, else the data lake", async (t) => {
  const database = await testDatabase();
  await ingestSandbox(database.url, memorySource(LEDGERS));
  const lake = mkdtempSync(join(tmpdir(), "wallet-doctor-"));
  t.after(() => rmSync(lake, { recursive: true, force: true }));
  const found = async (passphrase: string | null, ...args: string[]): Promise<string | undefined> => {
    writeFileSync(join(lake, ".config.json"), JSON.stringify(passphrase === null ? {} : { networkPassphrase: passphrase }));
    const { out } = await wallet(["doctor", "--json", ...args], database.url, { NETWORK_PASSPHRASE: "" });
    return (JSON.parse(out) as Results).find(({ check }) => check === "network")?.level;
  };
  assert.equal(await found(SANDBOX_PASSPHRASE, "--ledgers", lake), "ok");
  assert.equal(await found("another", "--ledgers", lake), "fail");
  assert.equal(await found("another", "--ledgers", lake, "--network-passphrase", SANDBOX_PASSPHRASE), "ok");
  assert.equal(await found(null, "--ledgers", lake), "fail", "a directory that names none is pubnet's");
  assert.equal(await found(null), "ok", "nothing is said of a network");
  assert.equal(await found(null, "--network", "testnet"), "fail");
});

test("doctor fails for a wrong network, an old schema, a poison ledger, a missing source and an unreachable database", async () => {
  const database = await testDatabase();
  await ingestSandbox(database.url, memorySource([...LEDGERS.slice(0, 6), new Uint8Array(3)]));
  const sql = database.connect();
  await sql`delete from schema_migrations where version > 4`;
  const sick = await doctor(database.url, "--network-passphrase", "another", "--rpc-url", "http://127.0.0.1:1");
  assert.equal(sick.code, 1);
  for (const check of ["network", "schema", "progress", "ledger source"])
    assert.equal(sick.level(check), "fail", `${check}: ${JSON.stringify(sick.results)}`);
  const gone = await doctor("postgres://nobody:never-told@127.0.0.1:1/none");
  assert.equal(gone.code, 1);
  assert.equal(gone.level("connection"), "fail");
  assert.ok(!JSON.stringify(gone.results).includes("never-told"));
});

test("doctor, status, migrate and ingest find the database that a secret names, and tell what is wrong with the secret", async (t) => {
  const database = await testDatabase("nothing");
  const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "never-told", sessionToken: "session" };
  const secrets = await startSecretsServer(credentials);
  t.after(() => secrets.close());
  const arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:ingest-AbCdEf";
  secrets.set(arn, JSON.stringify({ url: database.url, sslmode: "disable" }));
  const environment = {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
    DATABASE_SECRET_ARN: arn,
  };
  const migrated = await wallet(["migrate", "--json"], environment);
  assert.equal(migrated.code, 0, migrated.error);
  const ledgers = mkdtempSync(join(tmpdir(), "wallet-status-"));
  t.after(() => rmSync(ledgers, { recursive: true, force: true }));
  for (const [i, bytes] of LEDGERS.entries()) writeFileSync(join(ledgers, `${i + 1}.xdr`), bytes);
  const ingested = await wallet(["ingest", "--json", "--ledgers", ledgers], environment);
  assert.equal(ingested.code, 0, ingested.error);
  const status = await wallet(["status", "--json"], environment);
  assert.equal((JSON.parse(status.out) as Status).latest?.ledger, LEDGERS.length, status.error);
  const well = await doctor(environment);
  assert.deepEqual([well.level("configuration"), well.level("connection")], ["ok", "ok"]);

  const wrong = await doctor({ ...environment, DATABASE_SECRET_ARN: `${arn}x` });
  assert.deepEqual([wrong.code, wrong.level("configuration")], [1, "fail"]);
  assert.match(wrong.results[0]!.message, /^SECRET_UNREADABLE: /);
  const both = await doctor({ ...environment, DATABASE_URL: database.url });
  assert.match(both.results[0]!.message, /^CONFIG_INVALID: Both a database URL and DATABASE_SECRET_ARN are set/);
  const none = await doctor({});
  assert.match(none.results[0]!.message, /^CONFIG_INVALID: /);
  const told = JSON.stringify([migrated, ingested, status, well, wrong, both]);
  assert.ok(!told.includes(credentials.secretAccessKey) && !told.includes(new URL(database.url).password || "no password"));
});
