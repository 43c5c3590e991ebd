import assert from "node:assert/strict";
import { after, test } from "node:test";
import { migrate } from "../../functions/migrate/migrate.ts";
import { Pool } from "../../functions/serve/database/pool.ts";
import { Snapshot } from "../../functions/serve/database/snapshot.ts";
import { accountOfColumn } from "../../functions/serve/values/addresses.ts";
import { testDatabase } from "../fixtures/database.ts";
import { readHistoryPage } from "../fixtures/history-pages.ts";
import { ingestChain } from "../fixtures/ingest-chain.ts";
import { loginUsers } from "../fixtures/login-users.ts";
import { testApi } from "../fixtures/serve-handler.ts";
import { sharedTest } from "../fixtures/shared.ts";

const DENIED = { code: "42501" };

const database = await testDatabase();
const owner = database.connect();
const users = await loginUsers(database);
const account = accountOfColumn(`\\x30${"11".repeat(32)}`);

async function readSecret(): Promise<Buffer> {
  const [row] = await owner<{ secret: Uint8Array }[]>`select secret from account_key_secret`;
  return Buffer.from(row!.secret);
}

/** Any part of the secret, in a form in which a log or an error may show bytes. */
function assertHidden(secret: Buffer, text: string): void {
  const part = secret.subarray(0, 9);
  const forms = [part.toString("hex"), part.toString("base64"), part.toString("base64url"), part.join(","), [...part].join(", ")];
  for (const form of forms) assert.ok(!text.toLowerCase().includes(form.toLowerCase()), "the secret is shown");
}

test("every database has a secret of its own, of 32 random bytes", async () => {
  const secrets: Buffer[] = [];
  for (let n = 0; n < 2; n++) {
    const sql = (await testDatabase("nothing")).connect();
    await migrate(sql);
    const [row] = await sql<{ secret: Uint8Array }[]>`select secret from account_key_secret`;
    secrets.push(Buffer.from(row!.secret));
  }
  assert.notDeepEqual(secrets[0], secrets[1]);
  for (const secret of secrets) {
    assert.equal(secret.length, 32);
    assert.ok(new Set(secret).size > 16);
  }
  await assert.rejects(owner`insert into account_key_secret (secret) values ('\\x00')`, { code: "23505" });
  await assert.rejects(owner`insert into account_key_secret (only_row, secret) values (false, '\\x00')`, { code: "23514" });
});

test("serve asks for the secret once a connection, and a new connection asks again", async () => {
  const pool = new Pool({ databaseUrl: users.serve.url, maximum: 1 });
  after(() => pool.close());
  let asked = 0;
  const listen = async () => {
    const connection = await pool.acquire();
    connection.options.debug = (_connection, text) => void (asked += Number(text.includes("account_key_secret")));
    pool.release(connection);
    return connection;
  };
  const read = async (): Promise<void> => {
    const snapshot = new Snapshot(pool);
    try {
      await Promise.all(
        (["transactions", "operations", "stateChanges"] as const).map((field) => readHistoryPage(snapshot, account, field, { last: 5 })),
      );
      await readHistoryPage(snapshot, account, "transactions", { filter: { tokens: ["native"], counterparty: account.text }, last: 5 });
    } finally {
      snapshot.end();
    }
  };
  const first = await listen();
  await read();
  await read();
  assert.equal(asked, 1);
  pool.discard(await pool.acquire());
  assert.notEqual(await listen(), first);
  await read();
  await read();
  assert.equal(asked, 2);
});

test("a failure to read the secret is not remembered", async () => {
  const api = testApi(users.serve.url);
  try {
    const ask = () => api.ask(`{ accountByAddress(address: "${account.text}") { transactions(last: 1) { edges { cursor } } } }`);
    await owner`alter table account_key_secret rename to hidden`;
    const failed = await ask();
    await owner`alter table hidden rename to account_key_secret`;
    assert.equal(failed.errors?.length, 1);
    const { data, errors } = await ask();
    assert.equal(errors, undefined);
    assert.deepEqual(data.accountByAddress.transactions.edges, []);
  } finally {
    await api.close();
  }
});

test("serve's user reads the secret and cannot change it", async () => {
  const serve = users.connect("serve");
  await serve`set default_transaction_read_only = off`;
  const [row] = await serve<{ secret: Uint8Array }[]>`select secret from account_key_secret`;
  assert.deepEqual(Buffer.from(row!.secret), await readSecret());
  await refuses(serve);
});

test("ingest's user reads the secret and cannot change it: the keys of all links depend on it", async () => {
  const ingest = users.connect("ingest");
  const [row] = await ingest<{ secret: Uint8Array }[]>`select secret from account_key_secret`;
  assert.deepEqual(Buffer.from(row!.secret), await readSecret());
  await refuses(ingest);
});

async function refuses(sql: ReturnType<typeof users.connect>): Promise<void> {
  const before = await readSecret();
  for (const statement of [
    "insert into account_key_secret (secret) values ('\\x00')",
    "update account_key_secret set secret = '\\x00'",
    "delete from account_key_secret",
    "truncate account_key_secret",
    "drop table account_key_secret",
    "create or replace function account_key(address bytea) returns bigint language sql as 'select 1::bigint'",
  ])
    await assert.rejects(sql.unsafe(statement), DENIED, statement);
  assert.deepEqual(await readSecret(), before);
}

sharedTest("neither logs nor responses nor errors show the secret", async () => {
  const secret = await readSecret();
  const summary = await ingestChain(users.ingest.url);
  assert.equal(summary.ledgers, 48);
  assertHidden(secret, JSON.stringify(summary));
  const api = testApi(users.serve.url);
  const shown: string[] = [];
  try {
    const query = `{ accountByAddress(address: "${account.text}") { transactions(last: 1, filter: { tokens: ["native"] }) { edges { cursor } } } }`;
    for (const rename of [null, "account_links", "transactions"]) {
      if (rename !== null) await owner.unsafe(`alter table ${rename} rename to hidden`);
      try {
        const { body } = await api.post(JSON.stringify({ query }));
        shown.push(body, JSON.stringify(api.lastRecord()), ...api.warnings);
      } finally {
        if (rename !== null) await owner.unsafe(`alter table hidden rename to ${rename}`);
      }
    }
    assert.ok(shown.some((text) => text.includes("errors")));
    for (const text of shown) assertHidden(secret, text);
  } finally {
    await api.close();
  }
  await owner`alter table account_links rename to hidden`;
  try {
    await ingestChain(users.ingest.url).then(
      (result) => assertHidden(secret, JSON.stringify(result)),
      (error: Error) => assertHidden(secret, `${error.stack} ${JSON.stringify(error, Object.getOwnPropertyNames(error))}`),
    );
  } finally {
    await owner`alter table hidden rename to account_links`;
  }
});
