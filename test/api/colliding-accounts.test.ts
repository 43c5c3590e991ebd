import assert from "node:assert/strict";
import { after, before } from "node:test";
import { type AccountKey, accountOf, accountOfColumn } from "../../functions/serve/values/addresses.ts";
import { encodeStrkey } from "../../functions/shared/strkey.ts";
import { withOneKey } from "../fixtures/colliding-keys.ts";
import { type ConnectionQuery, walk } from "../fixtures/connection-pages.ts";
import { type TestDatabase, testDatabase } from "../fixtures/database.ts";
import { ingestChain } from "../fixtures/ingest-chain.ts";
import { historyTables } from "../fixtures/history-tables.ts";
import { type TestApi, testApi } from "../fixtures/serve-handler.ts";
import { hasShared, sharedTest } from "../fixtures/shared.ts";

/*
 * Links know 8 bytes of a keyed hash of an account's address. Here the chain is ingested twice: as it is, and with one key for six accounts.
 * Every response must be the same.
 */
const [plainDatabase, collidingDatabase] = [await testDatabase("chain"), await testDatabase()];
const settings = { graphqlComplexityLimit: 100_000_000 };
const [plain, separate] = [testApi(plainDatabase.url, settings), testApi(collidingDatabase.url, settings)];
after(() => Promise.all([plain.close(), separate.close()]));

/** Busy accounts, two that are rare beside them, and a contract: together they have fewer transactions than one page may look at. */
const accounts: string[] = [];
/** Their addresses, and one without history. */
const sharers: Uint8Array[] = [];
let nobody: AccountKey;
const colliding: TestApi = { ...separate, ask: (query, variables) => withOneKey(sharers, () => separate.ask(query, variables)) };

before(async () => {
  if (!hasShared) return;
  const sql = plainDatabase.connect();
  await historyTables(sql);
  const rows = await sql<{ id: string }[]>`
    with counted as (
      select account_id, count(distinct to_id) as transactions, min(to_id) as earliest, max(to_id) as latest from state_changes group by 1)
    select encode(account_id, 'hex') as id from (
      (select * from counted where get_byte(account_id, 0) = 48 and transactions < 300 order by transactions desc limit 3) union all
      (select * from counted where get_byte(account_id, 0) = 48 and transactions between 6 and 20 order by latest - earliest desc, account_id limit 2) union all
      (select * from counted where get_byte(account_id, 0) = 16 and transactions < 100 order by transactions desc limit 1)) chosen`;
  const chosen = rows.map(({ id }) => accountOfColumn(`\\x${id}`));
  accounts.push(...chosen.map(({ text }) => text));
  const unused = Uint8Array.from(chosen[0]!.bytes);
  unused[32]! ^= 1;
  nobody = accountOf(encodeStrkey(unused))!;
  sharers.push(...chosen.map(({ bytes }) => bytes), unused);
  await withOneKey(sharers, () => ingestChain(collidingDatabase.url));
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

sharedTest("the accounts do collide, and the rare ones lie behind whole pages of the others", async () => {
  assert.equal(accounts.length, 6);
  const links = async (database: TestDatabase, key: AccountKey): Promise<number> => {
    const [row] = await database.connect()<{ links: number }[]>`
      select count(*)::integer as links from account_links where account_key = account_key(${key.column}::bytea)`;
    return row!.links;
  };
  const alone = await Promise.all(accounts.map((text) => links(plainDatabase, accountOf(text)!)));
  const together = await Promise.all(accounts.map((text) => links(collidingDatabase, accountOf(text)!)));
  assert.deepEqual(together, [alone.reduce((sum, count) => sum + count, 0), 0, 0, 0, 0, 0]);
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
      const expected = await walk(plain, query(address), 100);
      for (const size of expected.length > 60 ? [37, 100] : [1, 2, 5, 100]) {
        for (const direction of ["forward", "backward"] as const)
          assert.deepEqual(await walk(colliding, query(address), size, direction), expected, `${address} by ${size}`);
      }
    }
  });

  sharedTest(`${field}: colliding accounts in one request do not mix`, async () => {
    const connection = `${field}(last: 7) { edges { cursor node { ${selection.node} } ${selection.edge ?? ""} } pageInfo { startCursor hasPreviousPage } }`;
    const { data, errors } = await colliding.ask(
      `{ ${accounts.map((text, at) => `a${at}: accountByAddress(address: "${text}") { c: ${connection} }`).join(" ")} }`,
    );
    assert.equal(errors, undefined, JSON.stringify(errors));
    for (const [at, address] of accounts.entries()) {
      const alone = await plain.ask(`{ accountByAddress(address: "${address}") { c: ${connection} } }`);
      assert.deepEqual(data[`a${at}`], alone.data.accountByAddress, address);
    }
  });
}

sharedTest("an address that shares the key and has no history has an empty one", async () => {
  const { data, errors } = await colliding.ask(
    `{ accountByAddress(address: "${nobody.text}") { ${Object.keys(FIELDS)
      .map((field) => `${field}(first: 1) { edges { cursor } pageInfo { hasNextPage } }`)
      .join(" ")} } }`,
  );
  assert.equal(errors, undefined, JSON.stringify(errors));
  for (const field of Object.keys(FIELDS)) assert.deepEqual(data.accountByAddress[field], { edges: [], pageInfo: { hasNextPage: false } });
  const { statements } = colliding.lastRecord();
  assert.ok(statements! < 50, `${statements} statements to read past the others`);
});
