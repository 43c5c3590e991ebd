import assert from "node:assert/strict";
import { test } from "node:test";
import { Pool } from "../../functions/serve/database/pool.ts";
import { Snapshot } from "../../functions/serve/database/snapshot.ts";
import { readSettings } from "../../functions/serve/settings.ts";
import { WalletError } from "../../functions/shared/errors.ts";
import { testDatabase } from "../fixtures/database.ts";
import { testApi } from "../fixtures/serve-handler.ts";

const DATABASE_URL = "postgres://nobody@127.0.0.1:1/none";
const KEY = "GB43KVROR7TFJ6KAPCYRF2FJROTZAH4FHLTJLPWX4DRZCC5NASLGITR6";

test("without settings the API has the contract's defaults", async () => {
  const { renewDatabaseUrl, ...settings } = await readSettings({ DATABASE_URL });
  assert.equal(typeof renewDatabaseUrl, "function");
  assert.deepEqual(settings, {
    databaseUrl: DATABASE_URL,
    networkPassphrase: null,
    clientAuthPublicKeys: [],
    clientAuthMaxTimeoutSeconds: 15,
    clientAuthMaxBodySizeBytes: 102_400,
    graphqlComplexityLimit: 10_000,
    graphqlIntrospectionEnabled: false,
    dbMaxConns: 1,
    dbMaxWaiting: 100,
    dbStatementTimeoutSeconds: 25,
    healthMaxLagSeconds: 360,
    logLevel: "INFO",
  });
});

test("every setting is read", async () => {
  const settings = await readSettings({
    DATABASE_URL,
    NETWORK: "pubnet",
    CLIENT_AUTH_PUBLIC_KEYS: ` ${KEY}, ,${KEY}`,
    CLIENT_AUTH_MAX_TIMEOUT_SECONDS: "20",
    CLIENT_AUTH_MAX_BODY_SIZE_BYTES: "1000",
    GRAPHQL_COMPLEXITY_LIMIT: "20000",
    GRAPHQL_INTROSPECTION_ENABLED: "true",
    DB_MAX_CONNS: "3",
    DB_MAX_WAITING: "5",
    DB_STATEMENT_TIMEOUT_SECONDS: "7",
    HEALTH_MAX_LAG_SECONDS: "60",
    LOG_LEVEL: "WARN",
  });
  assert.deepEqual(
    { ...settings, renewDatabaseUrl: null },
    {
      databaseUrl: DATABASE_URL,
      renewDatabaseUrl: null,
      networkPassphrase: "Public Global Stellar Network ; September 2015",
      clientAuthPublicKeys: [KEY, KEY],
      clientAuthMaxTimeoutSeconds: 20,
      clientAuthMaxBodySizeBytes: 1000,
      graphqlComplexityLimit: 20_000,
      graphqlIntrospectionEnabled: true,
      dbMaxConns: 3,
      dbMaxWaiting: 5,
      dbStatementTimeoutSeconds: 7,
      healthMaxLagSeconds: 60,
      logLevel: "WARN",
    },
  );
});

for (const [name, values, wanted] of [
  ["DB_STATEMENT_TIMEOUT_SECONDS", ["0", "26", "30", "-1", "2.5", "5s", "1e9", "Infinity"], "from 1 to 25"],
  ["CLIENT_AUTH_MAX_TIMEOUT_SECONDS", ["0", "x"], "of at least 1"],
  ["CLIENT_AUTH_MAX_BODY_SIZE_BYTES", ["0", "100KB"], "of at least 1"],
  ["GRAPHQL_COMPLEXITY_LIMIT", ["0", "many"], "of at least 1"],
  ["DB_MAX_CONNS", ["0", "-3"], "of at least 1"],
  ["HEALTH_MAX_LAG_SECONDS", ["0", "never"], "of at least 1"],
] as const) {
  for (const value of values) {
    test(`${name}=${value} is refused at start`, async () => {
      await assert.rejects(
        readSettings({ DATABASE_URL, [name]: value }),
        (error) =>
          error instanceof WalletError &&
          error.code === "CONFIG_INVALID" &&
          error.message === `${name} is ${value}. Set it to a whole number ${wanted}.`,
      );
    });
  }
}

test("a statement may take as long as the setting says, and a request a second longer", async (t) => {
  const database = await testDatabase();
  const pool = new Pool({ databaseUrl: database.url, maximum: 1, statementTimeout: 7_000 });
  t.after(() => pool.close());
  const snapshot = new Snapshot(pool);
  const [row] = await snapshot.query<{ statement_timeout: string }>((sql) => sql`show statement_timeout`);
  snapshot.end();
  assert.deepEqual([row, pool.deadlineMs], [{ statement_timeout: "7s" }, 8_000]);
  const sql = database.connect();
  const api = testApi(database.url, { dbStatementTimeoutSeconds: 1 });
  t.after(() => api.close());
  await sql.begin(async (holder) => {
    await holder`lock table transaction_hashes in access exclusive mode`;
    const started = performance.now();
    const { data, errors } = await api.ask(`{ transactionByHash(hash: "${"0".repeat(64)}") { hash } }`);
    const took = performance.now() - started;
    assert.deepEqual([data, errors?.[0]?.extensions.code], [{ transactionByHash: null }, "INTERNAL_SERVER_ERROR"]);
    assert.match(api.lastRecord().hidden![0]!.message, /statement timeout/);
    assert.ok(took >= 900 && took < 10_000, `${took} ms`);
  });
});
