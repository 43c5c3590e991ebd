import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { readSourceEnvironment } from "../../functions/ingest/environment.ts";
import { requireSource } from "../../functions/ingest/source/from-environment.ts";
import type { WalletError } from "../../functions/shared/errors.ts";
import { testDatabase } from "../fixtures/database.ts";
import { withWrongHash } from "../fixtures/wrong-hash.ts";
import { upgradedAt, withUnknownMeta } from "../fixtures/newer-ledgers.ts";
import { ingestSandbox } from "../fixtures/ingest-sandbox.ts";
import { SANDBOX_PASSPHRASE, sandboxLedgers } from "../fixtures/sandbox-ledgers.ts";
import { lakeWriter } from "../fixtures/stubs/lake.ts";
import { startStubRpc } from "../fixtures/stubs/rpc.ts";
import { startStubS3 } from "../fixtures/stubs/s3.ts";

const LEDGERS = sandboxLedgers(8);
/** Ledger 5 with wrong bytes behind its header. */
const DAMAGED = LEDGERS.map((bytes, i) => (i === 4 ? bytes.map((byte, at) => (at > 500 ? byte ^ 0x55 : byte)) : bytes));
/** Ledger 5 with a wrong hash: valid XDR. */
const WRONG_HASH = LEDGERS.map((bytes, i) => (i === 4 ? withWrongHash(bytes) : bytes));

/** Ledger 5 of a protocol that nobody knows, with a meta that nobody knows. */
const UNKNOWN = upgradedAt(LEDGERS, 4).map((bytes, i) => (i === 4 ? withUnknownMeta(bytes) : bytes));

function digestOf(ledgers: readonly Uint8Array[]): string {
  return createHash("sha256").update(ledgers[4]!).digest("hex");
}

/** Settings of a source with these ledgers. */
type Serving = (t: TestContext, ledgers: readonly Uint8Array[]) => Promise<Record<string, string>>;

const files: Serving = (t, ledgers) => {
  const folder = mkdtempSync(join(tmpdir(), "wallet-damaged-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [i, bytes] of ledgers.entries()) writeFileSync(join(folder, `${i + 1}.xdr`), bytes);
  return Promise.resolve({ LEDGERS: folder });
};

const rpc: Serving = async (t, ledgers) => {
  const server = await startStubRpc({ passphrase: SANDBOX_PASSPHRASE, ledgers });
  t.after(() => server.stop());
  return { RPC_URL: server.url };
};

const lake: Serving = async (t, ledgers) => {
  const s3 = await startStubS3();
  t.after(() => s3.stop());
  lakeWriter(s3.objects, { passphrase: SANDBOX_PASSPHRASE, prefix: "p" }).add(ledgers);
  return { DATASTORE_BUCKET_PATH: `${s3.bucket}/p`, DATASTORE_REGION: "us-east-1", DATASTORE_ENDPOINT_URL: s3.url };
};

async function ingest(url: string, settings: Record<string, string>): ReturnType<typeof ingestSandbox> {
  const source = requireSource(readSourceEnvironment({ NETWORK_PASSPHRASE: SANDBOX_PASSPHRASE, ...settings }));
  return ingestSandbox(url, source, { startLedger: 1 });
}

for (const [name, servings] of [
  ["files", [files]],
  ["RPC", [rpc]],
  ["a lake", [lake]],
  ["RPC and a lake", [rpc, lake]],
] as const)
  for (const [what, given, code] of [
    ["damaged ledger", DAMAGED, "LEDGER_CORRUPT"],
    ["ledger with a wrong hash", WRONG_HASH, "LEDGER_CORRUPT"],
    ["ledger of an unknown protocol", UNKNOWN, "PROTOCOL_UNSUPPORTED"],
  ] as const) {
    test(`a ${what} from ${name} is recorded with phase, code and digest`, async (t) => {
      const database = await testDatabase();
      const settings = await Promise.all(servings.map((serving) => serving(t, given)));
      const { error, report } = await ingest(database.url, Object.assign({}, ...settings) as Record<string, string>);
      assert.ok(error instanceof Error);
      assert.match(error.message, /ledger 5/);
      assert.deepEqual(
        [report.failure?.ledger, report.failure?.phase, report.failure?.code, report.failure?.poison],
        [5, "index", code, true],
      );
      const sql = database.connect();
      const rows = await sql`select ledger, phase, error_code, encode(digest, 'hex') as digest, poison from ingest_failures`;
      assert.deepEqual([...rows], [{ ledger: 5, phase: "index", error_code: code, digest: digestOf(given), poison: true }]);
      const [cursor] = await sql`select ledger from cursors where name = 'latest'`;
      assert.equal(cursor!.ledger, 4, "every ledger before it is written");
    });
  }

for (const [what, given] of [
  ["damaged", DAMAGED],
  ["with a wrong hash", WRONG_HASH],
] as const)
  test(`a ledger that RPC alone gives ${what} comes from the lake, and nothing is recorded`, async (t) => {
    const database = await testDatabase();
    const settings = { ...(await rpc(t, given)), ...(await lake(t, LEDGERS)) };
    assert.equal((await ingest(database.url, settings)).summary?.to, 8);
    assert.deepEqual([...(await database.connect()`select * from ingest_failures`)], []);
  });

test("a ledger of an unknown protocol is not looked for at the other source", async (t) => {
  const database = await testDatabase();
  const settings = { ...(await rpc(t, UNKNOWN)), ...(await lake(t, LEDGERS)) };
  const { error } = await ingest(database.url, settings);
  assert.equal((error as WalletError).code, "PROTOCOL_UNSUPPORTED");
  assert.match((error as Error).message, /^rpc:.*protocol 29, newer than this version knows: update/);
});

test("an unknown arm that both sources give, in a ledger of a known protocol, is a newer one", async (t) => {
  const both = LEDGERS.map((bytes, i) => (i === 4 ? withUnknownMeta(bytes) : bytes));
  const ofBoth = await testDatabase();
  const { error, report } = await ingest(ofBoth.url, { ...(await rpc(t, both)), ...(await lake(t, both)) });
  assert.equal((error as WalletError).code, "PROTOCOL_UNSUPPORTED");
  assert.deepEqual([report.failure?.ledger, report.failure?.phase, report.failure?.poison], [5, "index", true]);
  const ofOne = await testDatabase();
  assert.equal((await ingest(ofOne.url, { ...(await rpc(t, both)), ...(await lake(t, LEDGERS)) })).summary?.to, 8, "damage heals");
});
