import assert from "node:assert/strict";
import { after, before } from "node:test";
import { createIndexer } from "../../functions/ingest/indexer/index-ledger.ts";
import { accountOfColumn } from "../../functions/serve/values/addresses.ts";
import { addressOf, collidingIndexer, collidingWith } from "../fixtures/colliding-indexer.ts";
import { type ConnectionQuery, walk } from "../fixtures/connection-pages.ts";
import { testDatabase } from "../fixtures/database.ts";
import { PUBNET } from "../fixtures/golden-ledgers.ts";
import { ingestChain } from "../fixtures/ingest-chain.ts";
import { testApi } from "../fixtures/serve-handler.ts";
import { hasShared, sharedTest } from "../fixtures/shared.ts";

/*
 * The index of history knows 8 bytes of an account's key. Here the chain is ingested twice: as it is, and with the rows of six
 * accounts given to addresses that share these bytes. Every answer must be the same but for the addresses.
 */
const [plainDatabase, collidingDatabase] = [await testDatabase("chain"), await testDatabase()];
const settings = { graphqlComplexityLimit: 100_000_000 };
const [plain, colliding] = [testApi(plainDatabase.url, settings), testApi(collidingDatabase.url, settings)];
after(() => Promise.all([plain.close(), colliding.close()]));

/** The busiest accounts, two that are rare beside them, and a contract: their addresses in the chain. */
const accounts: string[] = [];
const colliders = new Map<string, string>();

before(async () => {
  if (!hasShared) return;
  const rows = await plainDatabase.connect()<{ id: string }[]>`
    with counted as (
      select account_id, count(distinct to_id) as transactions, min(to_id) as earliest, max(to_id) as latest from state_changes group by 1)
    select encode(account_id, 'hex') as id from (
      (select * from counted where get_byte(account_id, 0) = 48 order by transactions desc limit 3) union all
      (select * from counted where get_byte(account_id, 0) = 48 and transactions between 6 and 20 order by latest - earliest desc, account_id limit 2) union all
      (select * from counted where get_byte(account_id, 0) = 16 order by transactions desc limit 1)) chosen`;
  accounts.push(...rows.map(({ id }) => accountOfColumn(`\\x${id}`).text));
  const model = addressOf(accounts[0]!);
  for (const address of accounts) colliders.set(address, collidingWith(model, addressOf(address)).text);
  await ingestChain(collidingDatabase.url, { indexer: collidingIndexer(createIndexer(PUBNET), accounts) });
});

const FIELDS: Record<string, Pick<ConnectionQuery, "node" | "edge">> = {
  transactions: {
    node: "hash",
    edge: "operations { id } stateChanges { category reason account { address } operation { id } ledgerNumber }",
  },
  operations: { node: "id type transaction { hash }" },
  stateChanges: { node: "category reason account { address } operation { id } transaction { hash }" },
  balances: { node: "__typename balance tokenId" },
};

const renamed = (value: unknown): unknown =>
  typeof value === "string"
    ? (colliders.get(value) ?? value)
    : Array.isArray(value)
      ? value.map(renamed)
      : typeof value === "object" && value !== null
        ? Object.fromEntries(Object.entries(value).map(([name, member]) => [name, renamed(member)]))
        : value;

sharedTest("the accounts do collide, and the rare ones lie behind whole pages of the others", async () => {
  assert.equal(accounts.length, 6);
  assert.equal(new Set(colliders.values()).size, 6);
  assert.equal(new Set([...colliders.values()].map((text) => Buffer.from(addressOf(text).bytes.subarray(1, 9)).toString("hex"))).size, 1);
  const lengths = await Promise.all(
    accounts.map(
      async (address) => (await walk(plain, { parent: `accountByAddress(address: "${address}")`, field: "transactions" }, 100)).length,
    ),
  );
  assert.ok(lengths[0]! > 200 && lengths[3]! <= 20 && lengths[5]! > 0, lengths.join());
});

for (const [field, selection] of Object.entries(FIELDS)) {
  sharedTest(`${field}: an account sees its own rows only, on full pages`, async () => {
    for (const address of accounts) {
      const query = (text: string, args = ""): ConnectionQuery => ({
        parent: `accountByAddress(address: "${text}")`,
        field,
        args,
        ...selection,
      });
      const expected = renamed(await walk(plain, query(address), 100)) as { cursor: string }[];
      for (const size of expected.length > 60 ? [37, 100] : [1, 2, 5, 100]) {
        for (const direction of ["forward", "backward"] as const)
          assert.deepEqual(await walk(colliding, query(colliders.get(address)!), size, direction), expected, `${address} by ${size}`);
      }
    }
  });

  sharedTest(`${field}: colliding accounts in one request do not mix`, async () => {
    const texts = [...colliders.values()];
    const connection = `${field}(last: 7) { edges { cursor node { ${selection.node} } ${selection.edge ?? ""} } pageInfo { startCursor hasPreviousPage } }`;
    const { data, errors } = await colliding.ask(
      `{ ${texts.map((text, at) => `a${at}: accountByAddress(address: "${text}") { c: ${connection} }`).join(" ")} }`,
    );
    assert.equal(errors, undefined, JSON.stringify(errors));
    for (const [at, address] of accounts.entries()) {
      const alone = await plain.ask(`{ accountByAddress(address: "${address}") { c: ${connection} } }`);
      assert.deepEqual(data[`a${at}`], renamed(alone.data.accountByAddress), address);
    }
  });
}

sharedTest("an address that shares the bytes and has no history has an empty one", async () => {
  const nobody = addressOf(accounts[0]!);
  const bytes = Uint8Array.from(nobody.bytes);
  bytes[32]! ^= 1;
  const { text } = collidingWith(nobody, { ...nobody, bytes });
  const { data, errors } = await colliding.ask(
    `{ accountByAddress(address: "${text}") { ${Object.keys(FIELDS)
      .map((field) => `${field}(first: 1) { edges { cursor } pageInfo { hasNextPage } }`)
      .join(" ")} } }`,
  );
  assert.equal(errors, undefined, JSON.stringify(errors));
  for (const field of Object.keys(FIELDS)) assert.deepEqual(data.accountByAddress[field], { edges: [], pageInfo: { hasNextPage: false } });
  const { statements } = colliding.lastRecord();
  assert.ok(statements! < 50, `${statements} statements to read past the others`);
});
