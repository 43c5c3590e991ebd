import assert from "node:assert/strict";
import { after, test } from "node:test";
import { startSecretsServer } from "../../bin/rehearse/secrets-server.ts";
import { readIngestEnvironment } from "../../functions/ingest/environment.ts";
import { createIngestHandler } from "../../functions/ingest/handler.ts";
import type { LedgerSource } from "../../functions/ingest/source/ledger-source.ts";
import { createMigrateHandler, type MigrateLog } from "../../functions/migrate/handler.ts";
import { createServe } from "../../functions/serve/serve.ts";
import { schemaDocument } from "../../functions/serve/schema/schema.generated.ts";
import { readSettings } from "../../functions/serve/settings.ts";
import { type DatabaseAccess, databaseAccess, urlFromSecret } from "../../functions/shared/database/access.ts";
import { readDatabaseEnvironment } from "../../functions/shared/environment.ts";
import { testDatabase } from "../fixtures/database.ts";
import { dropAfterwards, randomUser } from "../fixtures/login-users.ts";

const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret+key/with=signs", sessionToken: "session/token==" };
const arn = (name: string): string => `arn:aws:secretsmanager:eu-central-1:123456789012:secret:${name}-AbCdEf`;
const [OWNER, INGEST, SERVE] = [arn("owner"), arn("ingest"), arn("serve")];

const database = await testDatabase();
const secrets = await startSecretsServer(credentials);
after(() => secrets.close());
const environment = {
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  AWS_SESSION_TOKEN: credentials.sessionToken,
  AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url,
  NETWORK: "testnet",
};
const { hostname: host, port, pathname } = new URL(database.url);
const dbname = pathname.slice(1);
const users = { ingest: randomUser("wallet_ingest"), serve: randomUser("wallet_serve") };
const secretOf = ({ username, password }: { username: string; password: string }): string =>
  JSON.stringify({ username, password, host, port: Number(port), dbname, sslmode: "disable" });
const setSecrets = (): void => {
  secrets.set(OWNER, JSON.stringify({ url: database.url, sslmode: "disable" }));
  secrets.set(INGEST, secretOf(users.ingest));
  secrets.set(SERVE, secretOf(users.serve));
};
setSecrets();
dropAfterwards(database, Object.values(users));

const migrateEnvironment = { ...environment, DATABASE_SECRET_ARN: OWNER, INGEST_SECRET_ARN: INGEST, SERVE_SECRET_ARN: SERVE };
const empty: LedgerSource = { name: "empty", beginsAt: "oldest", open: async function* () {} };
const context = { getRemainingTimeInMillis: () => 60_000 };

const accessOf = (variables: Record<string, string>): DatabaseAccess => databaseAccess(readDatabaseEnvironment(variables), "databaseUrl");
const withoutDefaults = readDatabaseEnvironment({});

/** What a handler logs, one line each. */
function recorder(): { lines: string[]; log: MigrateLog } {
  const lines: string[] = [];
  const write = (...parts: unknown[]): void => void lines.push(JSON.stringify(parts));
  return { lines, log: { info: write, warn: write, error: write } };
}

test("migrate makes the users of both functions, which then work with their secrets; a rotation is noticed once", async () => {
  const { lines, log } = recorder();
  const answer = await createMigrateHandler(migrateEnvironment, log)();
  assert.deepEqual(answer.users, [users.ingest.username, users.serve.username]);

  const ingest = createIngestHandler(readIngestEnvironment({ ...environment, DATABASE_SECRET_ARN: INGEST }), empty);
  const { renewDatabaseUrl, ...settings } = await readSettings({ ...environment, DATABASE_SECRET_ARN: SERVE });
  const log2: string[] = [];
  const serve = createServe({ ...settings, ...(renewDatabaseUrl && { renewDatabaseUrl }) }, schemaDocument, {
    request: (record) => void log2.push(JSON.stringify(record)),
    warn: () => {},
  });
  const ask = async (): Promise<unknown> => {
    const body = Buffer.from(JSON.stringify({ query: `{ transactionByHash(hash: "${"0".repeat(64)}") { hash } }` }));
    const [path, query, id] = ["/graphql/query", "", "test"];
    const response = await serve.handle({
      method: "POST",
      path,
      target: path,
      query,
      headers: { "content-type": "application/json" },
      body,
      id,
    });
    return (JSON.parse(response.body) as { data: unknown }).data;
  };
  try {
    assert.equal((await ingest({}, context)).ledgers, 0);
    assert.equal((await ingest({}, context)).ledgers, 0);
    assert.deepEqual(await ask(), { transactionByHash: null });
    assert.equal(secrets.asked.filter((id) => id === INGEST).length, 2, "one reading by migrate, one by ingest");

    // Rotation: new passwords in the secrets and in the database; sessions that are open go.
    const old = [users.ingest.password, users.serve.password];
    users.ingest.password = "n3w+ingest/password";
    users.serve.password = "n3w:serve@password";
    setSecrets();
    await createMigrateHandler(migrateEnvironment, log)();
    const owner = database.connect();
    await owner`select pg_terminate_backend(pid) from pg_stat_activity where usename = ${users.serve.username}`;
    // Younger than this a secret is not read again.
    await afterRenewPause(async () => {
      assert.equal((await ingest({}, context)).ledgers, 0);
      assert.deepEqual(await ask(), { transactionByHash: null });
    });
    assert.equal(secrets.asked.filter((id) => id === INGEST).length, 4, "one more by migrate, one more by ingest");
    for (const password of [...old, users.ingest.password, users.serve.password])
      assert.ok(![...lines, ...log2].join("\n").includes(password), "a password was logged");
  } finally {
    await serve.close();
  }
});

/** Runs with a clock that has gone on for longer than a secret's protection against being read too often. */
async function afterRenewPause(run: () => Promise<void>): Promise<void> {
  const { now } = Date;
  Date.now = () => now() + 11_000;
  try {
    await run();
  } finally {
    Date.now = now;
  }
}

test("a password that is wrong and stays wrong is an error, and does not hammer Secrets Manager", async () => {
  const wrong = arn("wrong");
  secrets.set(wrong, secretOf({ ...users.ingest, password: "wr0ng-password" }));
  const ingest = createIngestHandler(readIngestEnvironment({ ...environment, DATABASE_SECRET_ARN: wrong }), empty);
  for (let i = 0; i < 3; i++)
    await assert.rejects(ingest({}, context), ({ code, message }: Error & { code: string }) => {
      assert.equal(code, "DATABASE_UNREACHABLE");
      assert.doesNotMatch(message, /wr0ng/);
      return true;
    });
  assert.equal(secrets.asked.filter((id) => id === wrong).length, 1);
});

test("a secret that is missing, refused or malformed says which and what to do, without its text", async () => {
  const missing = accessOf({ ...environment, DATABASE_SECRET_ARN: arn("missing") });
  await assert.rejects(missing.url(), { code: "SECRET_UNREADABLE", message: /missing.*ResourceNotFoundException.*GetSecretValue/ });
  // It can be mended without a new sandbox.
  secrets.set(arn("missing"), secretOf(users.serve));
  assert.match(await missing.url(), /^postgres:\/\//);

  const unsigned = accessOf({ ...environment, AWS_SECRET_ACCESS_KEY: "another", DATABASE_SECRET_ARN: OWNER });
  await assert.rejects(unsigned.url(), { code: "SECRET_UNREADABLE", message: /InvalidSignatureException/ });
  const away = accessOf({ ...environment, AWS_ENDPOINT_URL_SECRETS_MANAGER: "http://127.0.0.1:1/", DATABASE_SECRET_ARN: OWNER });
  await assert.rejects(away.url(), { code: "SECRET_UNREADABLE", message: /reached|ECONNREFUSED|bad port/ });

  for (const [text, what] of [
    ["p4ssw0rd", /is no JSON/],
    [JSON.stringify({ username: "a", password: "p4ssw0rd" }), /has no host/],
    [JSON.stringify({ host: "h", password: "p4ssw0rd", dbname: "d" }), /has no username/],
    [JSON.stringify({ url: "mysql://a:p4ssw0rd@h/d" }), /no PostgreSQL URL/],
  ] as const)
    assert.throws(
      () => urlFromSecret(text, OWNER, withoutDefaults),
      ({ code, message }: Error & { code: string }) => {
        assert.equal(code, "CONFIG_INVALID");
        assert.match(message, what);
        assert.doesNotMatch(message, /p4ssw0rd/);
        return true;
      },
    );
  assert.throws(() => accessOf({ DATABASE_SECRET_ARN: OWNER, DATABASE_URL: database.url }), {
    code: "CONFIG_INVALID",
  });
});

test("a secret's parts become a URL that verifies the server unless it says otherwise", () => {
  const parts = { username: "us er", password: "p@ss/wörd%", host: "db.example", port: 5433, dbname: "wallet" };
  const url = new URL(urlFromSecret(JSON.stringify(parts), OWNER, withoutDefaults));
  assert.deepEqual(
    [decodeURIComponent(url.username), decodeURIComponent(url.password), url.host, url.pathname, url.search],
    ["us er", "p@ss/wörd%", "db.example:5433", "/wallet", "?sslmode=verify-full"],
  );
  const pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  const withCa = new URL(urlFromSecret(JSON.stringify({ ...parts, ca: pem, sslmode: "verify-ca" }), OWNER, withoutDefaults));
  assert.deepEqual([withCa.searchParams.get("sslrootcert"), withCa.searchParams.get("sslmode")], [pem, "verify-ca"]);
  const elsewhere = { DATABASE_HOST: "10.0.0.1", DATABASE_PORT: "6432", DATABASE_NAME: "n", DATABASE_CA_FILE: "/var/task/ca.pem" };
  const login = JSON.stringify({ username: "u", password: "p" });
  assert.equal(
    urlFromSecret(login, OWNER, readDatabaseEnvironment(elsewhere)),
    "postgres://u:p@10.0.0.1:6432/n?sslmode=verify-full&sslrootcert=%2Fvar%2Ftask%2Fca.pem",
  );
});

test("a failed migration tells code and cure, a newer database is a success with a warning", async () => {
  const later = await testDatabase();
  const sql = later.connect();
  const url = arn("later");
  secrets.set(url, JSON.stringify({ url: later.url, sslmode: "disable" }));
  const handle = { ...environment, DATABASE_SECRET_ARN: url };
  await sql`insert into schema_migrations (version, name, checksum) values (9999, '9999-later.sql', 'x')`;
  const { lines, log } = recorder();
  const answer = await createMigrateHandler(handle, log)();
  assert.deepEqual([answer.databaseIsNewer, answer.version, answer.applied], [true, 9999, []]);
  assert.ok(lines.some((line) => line.includes("DATABASE_NEWER")));

  await sql`update schema_migrations set checksum = 'edited' where version = 1`;
  await assert.rejects(createMigrateHandler(handle, log)(), /^Error: MIGRATION_CHANGED: Migration 0001-.* restore the file/);
  const wrong = new URL(later.url);
  wrong.password = "wrong";
  secrets.set(url, JSON.stringify({ url: wrong.href, sslmode: "disable" }));
  await assert.rejects(
    createMigrateHandler(handle, log)(),
    /^Error: DATABASE_UNREACHABLE: The database postgres:\/\/[^:]*:\*\*\*@.*secret/,
  );
});
