import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { testDatabase } from "../fixtures/database.ts";
import { SANDBOX_PASSPHRASE, sandboxLedgers } from "../fixtures/sandbox-ledgers.ts";
import { lakeWriter } from "../fixtures/stubs/lake.ts";
import { startStubRpc } from "../fixtures/stubs/rpc.ts";
import { startStubS3 } from "../fixtures/stubs/s3.ts";

const script = fileURLToPath(new URL("../../bin/wallet.ts", import.meta.url));
const ledgers = sandboxLedgers(12); // sequences 1 to 12

const rpc = await startStubRpc({ passphrase: SANDBOX_PASSPHRASE, ledgers, retention: 4 });
const s3 = await startStubS3();
lakeWriter(s3.objects, { passphrase: SANDBOX_PASSPHRASE, prefix: "p" }).add(ledgers.slice(0, 10));
after(() => Promise.all([rpc.stop(), s3.stop()]));

/** Runs `wallet ingest --json` against the stubs' network. */
async function ingest(databaseUrl: string, args: string[]): Promise<{ code: number; out: string; error: string }> {
  const all = [script, "ingest", "--json", "--database-url", databaseUrl, "--network-passphrase", SANDBOX_PASSPHRASE, ...args];
  const child = spawn(process.execPath, all, { env: { PATH: process.env.PATH }, stdio: ["ignore", "pipe", "pipe"] });
  const [out, error, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  return { code: Number(code), out, error };
}

test("the command line begins a live network with its latest ledger", async () => {
  const database = await testDatabase();
  const { code, out, error } = await ingest(database.url, ["--rpc-url", rpc.url]);
  assert.equal(code, 0, error);
  assert.partialDeepStrictEqual(JSON.parse(out), { from: 12, to: 12, ledgers: 1 });
});

test("the command line ingests from RPC and a lake together, and says which it uses", async () => {
  const database = await testDatabase();
  const lake = ["--datastore-bucket-path", `${s3.bucket}/p`, "--datastore-endpoint-url", s3.url];
  const { code, out, error } = await ingest(database.url, ["--rpc-url", rpc.url, ...lake, "--start-ledger", "3"]);
  assert.equal(code, 0, error);
  assert.partialDeepStrictEqual(JSON.parse(out), { from: 3, to: 12, ledgers: 10 });
  assert.match(error, /source: s3:\/\/ledgers\/p from ledger 3 on .*\n.*source: rpc:.* from ledger 11 on/);
});

test("ledgers older than RPC keeps, and another network, end the command with an error that says what to do", async () => {
  const database = await testDatabase();
  const old = await ingest(database.url, ["--rpc-url", rpc.url, "--start-ledger", "3"]);
  assert.equal(old.code, 1);
  assert.match(old.error, /"SOURCE_UNAVAILABLE".*has ledgers 9 to 12: ledger 3 is older than it keeps/);
  const other = await ingest(database.url, ["--rpc-url", rpc.url, "--network-passphrase", "another"]);
  assert.equal(other.code, 1);
  assert.match(other.error, /"NETWORK_MISMATCH"/);
});
