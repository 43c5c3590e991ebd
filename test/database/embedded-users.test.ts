import assert from "node:assert/strict";
import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { runningDatabase } from "../../bin/embedded/running-database.ts";
import { Cleanup } from "../../bin/runtime/cleanup.ts";
import { migrateDatabase } from "../../bin/runtime/migrate-database.ts";
import { openDatabase } from "../../bin/runtime/open-database.ts";
import type { Arguments } from "../../bin/cli/command.ts";
import { connectDatabase, type Database } from "../../functions/shared/database/session.ts";
import { databaseDirectory } from "../fixtures/database-directory.ts";
import { withoutFsync } from "../fixtures/test-server.ts";

const BOUNDS = {
  applicationName: "test",
  statementTimeout: 60_000,
  lockTimeout: 5_000,
  idleInTransactionTimeout: 0,
  idleSessionTimeout: 0,
};
/** Of the embedded server: 60 connections without three for superusers and ten for all but serve. */
const MOST = 47;

const home = databaseDirectory("wallet-embedded-");
const cleanup = new Cleanup();
const clients: Database[] = [];
after(async () => {
  await Promise.all(clients.map((client) => client.end({ timeout: 1 })));
  await cleanup.run();
  rmSync(home, { recursive: true, force: true });
});
const open = (): ReturnType<typeof openDatabase> => openDatabase({ text: () => undefined } as unknown as Arguments, home, cleanup);
const database = await open();
await withoutFsync(database.url);
await migrateDatabase(database.url, database.users);

function connect(url: string): Database {
  const client = connectDatabase(url, BOUNDS);
  clients.push(client);
  return client;
}

test("the embedded database has the two users of a deployment, and no superuser among them", async () => {
  for (const [url, group] of [
    [database.ingestUrl, "wallet_ingest"],
    [database.serveUrl, "wallet_serve"],
  ] as const) {
    const [row] = await connect(
      url,
    )`select rolsuper as super, pg_has_role(current_user, ${group}, 'member') as member from pg_roles where rolname = current_user`;
    assert.deepEqual({ ...row }, { super: false, member: true });
  }
  for (const name of ["pg-ingest-password", "pg-serve-password"]) assert.equal(statSync(join(home, name)).mode & 0o777, 0o600, name);
});

test("a second start finds the same users, and other terminals log in as them", async () => {
  const again = await open();
  assert.deepEqual([again.ingestUrl, again.serveUrl], [database.ingestUrl, database.serveUrl]);
  await migrateDatabase(again.url, again.users);
  assert.equal(runningDatabase(home, "serve"), database.serveUrl);
  assert.equal(runningDatabase(home, "ingest"), database.ingestUrl);
});

test("when serve has all of its connections, ingest gets in", async () => {
  const clients = Array.from({ length: MOST + 3 }, () => connect(database.serveUrl));
  const results = await Promise.allSettled(clients.map((client) => client`select 1`));
  const refusals = results.flatMap((result) => (result.status === "rejected" ? [(result.reason as { code: string }).code] : []));
  // The first test still has one.
  assert.deepEqual(refusals, Array(4).fill("53300"));
  assert.equal((await connect(database.ingestUrl)`select from cursors where name = 'latest'`).length, 1);
});
