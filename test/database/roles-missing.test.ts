import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { after, test } from "node:test";
import { startEmbeddedDatabase } from "../../bin/embedded/embedded-database.ts";
import { ensureLoginUsers } from "../../functions/migrate/login-users.ts";
import { migrate } from "../../functions/migrate/migrate.ts";
import { connectDatabase, type Database } from "../../functions/shared/database/session.ts";
import { databaseDirectory } from "../fixtures/database-directory.ts";
import { randomUser } from "../fixtures/login-users.ts";

// A server of its own: roles belong to the server, and elsewhere the other files have made them.
const directory = databaseDirectory("wallet-roles-");
const server = await startEmbeddedDatabase(directory);
const clients: Database[] = [];
after(async () => {
  await Promise.all(clients.map((client) => client.end({ timeout: 1 })));
  await server.stop();
  rmSync(directory, { recursive: true, force: true });
});

function connect(url: string, onWarning: (message: string) => void = () => {}): Database {
  const bounds = { statementTimeout: 60_000, lockTimeout: 10_000, idleInTransactionTimeout: 0, idleSessionTimeout: 0 };
  const client = connectDatabase(url, { applicationName: "test", ...bounds, onWarning });
  clients.push(client);
  return client;
}

const admin = connect(server.url);

/** A database of an owner who is no superuser. */
async function owned(name: string, rights: string): Promise<string> {
  await admin.unsafe(`create role ${name} login ${rights} password 'owner'`);
  await admin.unsafe(`create database ${name} owner ${name}`);
  return Object.assign(new URL(server.url), { username: name, password: "owner", pathname: `/${name}` }).href;
}

test("an owner who may not create roles migrates all the same, is told what to do, and the grants come once the roles are there", async () => {
  const warnings: string[] = [];
  const url = await owned("plain_owner", "");
  const owner = connect(url, (message) => warnings.push(message));
  const first = await migrate(owner);
  assert.equal(first.hasRoles, false);
  assert.ok(first.applied.length > 0);
  assert.ok(
    warnings.some((warning) => /wallet_ingest is missing.*plain_owner.*create role wallet_ingest/.test(warning)),
    warnings.join(),
  );

  await admin`create role wallet_ingest`;
  await admin`create role wallet_serve`;
  assert.equal((await migrate(owner)).hasRoles, true);
  const [row] = await owner`select has_table_privilege('wallet_serve', 'transactions', 'select') as reads,
    has_table_privilege('wallet_serve', 'transactions', 'insert') as writes, has_table_privilege('wallet_ingest', 'transactions', 'insert') as ingests`;
  assert.deepEqual({ ...row }, { reads: true, writes: false, ingests: true });

  const user = randomUser("wallet_serve");
  await assert.rejects(ensureLoginUsers(owner, [user]), { code: "DATABASE_USERS_FAILED", message: /needs CREATEROLE/ });
  assert.equal((await admin`select 1 from pg_roles where rolname = ${user.username}`).length, 0);
});

test("an owner like those of managed services, no superuser but free to create roles, makes roles and users", async () => {
  // Roles that another owner has made are not this owner's to grant.
  await admin`drop owned by wallet_ingest, wallet_serve`;
  const other = connect(Object.assign(new URL(server.url), { pathname: "/plain_owner" }).href);
  await other`drop owned by wallet_ingest, wallet_serve`;
  await admin`drop role wallet_ingest, wallet_serve`;
  const url = await owned("service_owner", "createrole");
  const warnings: string[] = [];
  const owner = connect(url, (message) => warnings.push(message));
  assert.equal((await migrate(owner)).hasRoles, true);
  assert.deepEqual(warnings, []);
  const users = [randomUser("wallet_ingest"), randomUser("wallet_serve")];
  await ensureLoginUsers(owner, users);
  await ensureLoginUsers(owner, users);
  const serve = connect(Object.assign(new URL(url), { username: users[1]!.username, password: users[1]!.password }).href);
  assert.equal((await serve`select from cursors where name = 'latest'`).length, 1);
  await serve`set default_transaction_read_only = off`;
  await assert.rejects(serve`update cursors set ledger = 1`, { code: "42501" });
});
