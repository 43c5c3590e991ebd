import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { authorization } from "../../client/authorization.ts";
import { ArgumentError, createSigner, GraphqlError, HttpError, NotFoundError, walk, WalletClient, type Page } from "../../client/index.ts";
import type * as clientModule from "../../client/index.ts";
import { QUERIES } from "../../client/queries.ts";
import { startServer } from "../../bin/local-server/local-server.ts";
import { encodeStrkey } from "../../functions/shared/strkey.ts";
import { buildClient } from "../../tools/build-client.ts";
import { testDatabase } from "../fixtures/database.ts";
import { historyTables } from "../fixtures/history-tables.ts";
import { loadSeed } from "../fixtures/seed.ts";
import { hasShared, sharedTest } from "../fixtures/shared.ts";

/** The contract's worked example (graphql-api 6.3). */
const SEED = "SAAQEAYEAUDAOCAJBIFQYDIOB4IBCEQTCQKRMFYYDENBWHA5DYPSBF5K";
const PUBLIC_KEY = "GB43KVROR7TFJ6KAPCYRF2FJROTZAH4FHLTJLPWX4DRZCC5NASLGITR6";
const BODY =
  '{"query":"query AccountByAddress($address: String!) { accountByAddress(address: $address) { address } }","variables":{"address":"GBKXI3TVO5NCLCHN4B7NNQ2BYVRPL2EQEKE3NZRJ6XU3FPXHEFQXFGIW"}}';
const SIGNATURE = "LW9ud9SYhqpGClim91rb_AEt3oeCjq6VyS5sO19DVIxrbLHPByO4UTHNc-CDjbQCGzVfFEPm67NY9qXrkb8CCQ";

const database = await testDatabase();
if (hasShared) await loadSeed(database.connect());
const server = await startServer({
  databaseUrl: database.url,
  networkPassphrase: "Test SDF Network ; September 2015",
  clientAuthPublicKeys: [PUBLIC_KEY],
  port: 0,
});
after(() => server.close());
const signer = await createSigner(SEED);
const client = new WalletClient(server.url, { signer });
/** An account of the seed, found by its rows. */
const sql = database.connect();
if (hasShared) await historyTables(sql);
async function busiest(): Promise<string> {
  const [row] = await sql<{ account_id: Uint8Array }[]>`
    select account_id from state_changes group by account_id order by count(*) desc, account_id limit 1`;
  return encodeStrkey(row!.account_id);
}

test("a signer has the seed's public key and makes the worked example's token", async () => {
  assert.equal(signer.publicKey, PUBLIC_KEY);
  const header = await authorization(signer, "POST", "/graphql/query", BODY, 1_700_000_000_000);
  assert.equal(header.split(".")[2], SIGNATURE);
});

test("what is no seed is refused without being repeated", async () => {
  for (const wrong of ["", "S123", PUBLIC_KEY, `${SEED.slice(0, -1)}A`]) {
    await assert.rejects(createSigner(wrong), (error) => error instanceof ArgumentError && !(wrong && error.message.includes(wrong)));
  }
});

sharedTest("every query of the client is answered, with exact 64-bit numbers", async () => {
  const address = await busiest();
  const history = await client.accountHistory(address, { first: 100 });
  assert.ok(history.edges.length > 0);
  const { node, operations } = history.edges.find((edge) => edge.operations.length > 0)!;
  assert.equal(typeof node.feeCharged, "bigint");
  assert.deepEqual(await client.transactionByHash(node.hash), node);
  const operation = operations[0]!;
  assert.deepEqual(await client.operationById(operation.id), operation);
  assert.deepEqual(await client.accountByAddress(address), { address });
  const of = (page: Page<{ node: unknown }>): unknown[] => page.edges.map((edge) => edge.node);
  assert.deepEqual(of(await client.accountTransactions(address, { first: 100 })), of(history));
  assert.ok(of(await client.accountOperations(address)).length > 0);
  assert.ok(of(await client.transactionOperations(node.hash)).length > 0);
  assert.ok(of(await client.transactionStateChanges(node.hash)).length > 0);
  assert.ok(Array.isArray((await client.operationStateChanges(operation.id)).edges));
  assert.ok(Array.isArray((await client.accountAllowances(address)).edges));
  const [beyond] = await sql<{ id: string }[]>`select id from operations where id > 9007199254740992 order by id limit 1`;
  assert.equal((await client.operationById(BigInt(beyond!.id))).id, BigInt(beyond!.id));
});

sharedTest("aliased members come under their own names", async () => {
  const seen = new Set<string>();
  for (const { account_id } of await sql<{ account_id: Uint8Array }[]>`select distinct account_id from state_changes`) {
    for await (const { node } of client.stateChanges(encodeStrkey(account_id))) {
      seen.add(node.__typename);
      assert.ok(
        !Object.keys(node).some((name) => /^(balance|allowance|trustline\w+|balanceAuth)TokenId$|Flags$/.test(name)),
        JSON.stringify(node),
      );
      if (node.__typename === "BalanceChange") assert.match(node.tokenId, /^C[A-Z2-7]{55}$/);
    }
  }
  assert.equal(seen.size, 19);
});

sharedTest("iterators walk every page once, in both directions", async () => {
  const address = await busiest();
  const read = (page: object) => client.accountStateChanges(address, {}, page);
  const collect = async (edges: AsyncIterable<{ cursor: string }>): Promise<string[]> => {
    const found: string[] = [];
    for await (const { cursor } of edges) found.push(cursor);
    return found;
  };
  const forward = await collect(walk(read, { pageSize: 1 }));
  assert.ok(forward.length > 2);
  assert.equal(new Set(forward).size, forward.length);
  assert.deepEqual((await collect(walk(read, { pageSize: 2, backward: true }))).reverse(), forward);
  let kinds = 0;
  for await (const { node } of client.balances(address)) kinds += Number(node.balance.length > 0);
  assert.equal(kinds, (await client.accountBalances(address, { first: 100 })).edges.length);
});

test("an iterator goes on behind a page without edges, and ends rather than turn in a circle", async () => {
  const pages: Record<string, Page<{ node: null; cursor: string }>> = {
    "": { edges: [], pageInfo: { startCursor: "a", endCursor: "a", hasNextPage: true, hasPreviousPage: false } },
    a: { edges: [{ node: null, cursor: "b" }], pageInfo: { startCursor: "b", endCursor: "b", hasNextPage: true, hasPreviousPage: true } },
    b: { edges: [], pageInfo: { startCursor: null, endCursor: null, hasNextPage: true, hasPreviousPage: true } },
  };
  const seen: string[] = [];
  await assert.rejects(async () => {
    for await (const { cursor } of walk(({ after: from = "" }) => Promise.resolve(pages[from]!))) seen.push(cursor);
  }, /repeated a page's cursor/);
  assert.deepEqual(seen, ["b"]);
});

sharedTest("errors have their types", async () => {
  await assert.rejects(client.transactionByHash("0".repeat(64)), (error) => error instanceof NotFoundError && error.kind === "transaction");
  await assert.rejects(client.operationById(1n), NotFoundError);
  await assert.rejects(client.accountByAddress("nobody"), (error) => error instanceof GraphqlError && error.code === "INVALID_ADDRESS");
  await assert.rejects(client.accountBalances("G", { first: 1, last: 1 }), ArgumentError);
  const unsigned = new WalletClient(server.url);
  await assert.rejects(
    unsigned.accountByAddress(PUBLIC_KEY),
    (error) => error instanceof HttpError && error.message.startsWith("unexpected statusCode=401, body="),
  );
});

test("the built client is one file without imports, has types, and works", async () => {
  const folder = mkdtempSync(join(tmpdir(), "wallet-client-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  await buildClient(folder);
  const code = readFileSync(join(folder, "index.js"), "utf8");
  assert.ok(!/^import\s/m.test(code) && code.length < 30_000);
  assert.ok(readdirSync(folder).includes("index.d.ts"));
  const built = (await import(pathToFileURL(join(folder, "index.js")).href)) as typeof clientModule;
  const other = new built.WalletClient(server.url, { signer: await built.createSigner(SEED) });
  assert.deepEqual(await other.accountByAddress(PUBLIC_KEY), { address: PUBLIC_KEY });
  assert.ok(Object.keys(QUERIES).length >= 12);
});
