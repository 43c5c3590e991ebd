import assert from "node:assert/strict";
import { after, test } from "node:test";
import { MOST_INSPECTED } from "../../functions/serve/queries/inspected.ts";
import { accountOfColumn } from "../../functions/serve/values/addresses.ts";
import { contractUuid } from "../../functions/shared/columns/uuid5.ts";
import { decodeStrkey, encodeStrkey, StrkeyVersion } from "../../functions/shared/strkey.ts";
import { insertAccounts } from "../fixtures/account-rows.ts";
import { walk } from "../fixtures/connection-pages.ts";
import { testDatabase } from "../fixtures/database.ts";
import { followPages } from "../fixtures/follow-pages.ts";
import { testApi } from "../fixtures/serve-handler.ts";
import { insertBalances, insertTokens, type MadeBalance } from "../fixtures/token-rows.ts";

const NEWEST = 100;
const database = await testDatabase();
const sql = database.connect();
await sql`insert into network (passphrase) values ('Test SDF Network ; September 2015') on conflict do nothing`;
await sql`insert into cursors (name, ledger, base_reserve) values ('latest', ${NEWEST}, 5000000)
  on conflict (name) do update set ledger = ${NEWEST}, base_reserve = 5000000`;
const api = testApi(database.url, { networkPassphrase: "Test SDF Network ; September 2015" });
after(() => api.close());

const contract = (byte: number): string => encodeStrkey(Buffer.concat([Buffer.of(StrkeyVersion.contract), Buffer.alloc(32, byte)]));
const account = (byte: number) => accountOfColumn(`\\x30${Buffer.alloc(32, byte).toString("hex")}`);
const TOKENS = {
  STORAGE: contract(1),
  EVENTS: contract(2),
  PARTIAL: contract(3),
  SEP50: contract(4),
  NONE: contract(5),
  UNKNOWN: contract(6),
};
for (const from of ["STORAGE", "EVENTS", "PARTIAL"] as const)
  await insertTokens(sql, [{ contract: TOKENS[from], type: "SEP41", from, symbol: from, decimals: 5, differ: from === "STORAGE" }]);
/** A token's contract as a ledger has shown it. @param created the ledger that made it; null: it is older than the first ledger here */
async function showContract(id: string, created: number | null): Promise<void> {
  await sql`
    insert into protocol_contracts (contract_id, token_id, since_ledger, created_ledger)
    values (${decodeStrkey(id)}, ${contractUuid(id)}, 10, ${created})`;
}
await showContract(TOKENS.STORAGE, 10);
await showContract(TOKENS.EVENTS, 10);
for (const type of ["SEP50", "NONE", "UNKNOWN"] as const)
  await insertTokens(sql, [{ contract: TOKENS[type], type, symbol: type, decimals: 5, from: "STORAGE" }]);

type Rule = { name: string; row: Omit<MadeBalance, "holder" | "token"> } & Partial<
  Record<keyof typeof TOKENS, readonly [string, string, number]>
>;

/** What a row says of a token whose balances are read so: balance, source, as of; of those that are left out nothing is shown. */
const RULES: readonly Rule[] = [
  {
    name: "an entry and events that tell the same",
    row: { stored: "7", storedLedger: 90, summed: "7", summedLedger: 90 },
    STORAGE: ["7", "STORAGE", NEWEST],
    EVENTS: ["7", "EVENTS", NEWEST],
    PARTIAL: ["7", "PARTIAL", NEWEST],
  },
  {
    name: "an entry and events that differ",
    row: { stored: "8", storedLedger: 90, summed: "7", summedLedger: 90 },
    STORAGE: ["8", "STORAGE", NEWEST],
    EVENTS: ["7", "EVENTS", NEWEST],
    PARTIAL: ["8", "PARTIAL", NEWEST],
  },
  {
    name: "an entry of 0",
    row: { stored: "0", storedLedger: 90, summed: "7", summedLedger: 90 },
    EVENTS: ["7", "EVENTS", NEWEST],
  },
  {
    name: "an entry that was removed",
    row: { storedLedger: 90, summed: "7", summedLedger: 90 },
    EVENTS: ["7", "EVENTS", NEWEST],
    PARTIAL: ["7", "PARTIAL", NEWEST],
  },
  { name: "events that sum up to less than 0", row: { summed: "-7", summedLedger: 90 } },
  {
    name: "a negative sum beside an entry",
    row: { stored: "3", storedLedger: 90, summed: "-7", summedLedger: 90 },
    STORAGE: ["3", "STORAGE", NEWEST],
    PARTIAL: ["3", "PARTIAL", NEWEST],
  },
  { name: "a negative entry", row: { stored: "-3", storedLedger: 90 } },
  {
    name: "a simulation",
    row: { summed: "50", summedLedger: 80, simulatedLedger: 80 },
    EVENTS: ["50", "EVENTS", NEWEST],
    PARTIAL: ["50", "SIMULATED", 80],
  },
  {
    name: "a simulation with events since, beside an entry that means something else",
    row: { stored: "1", storedLedger: 95, summed: "50", summedLedger: 95, simulatedLedger: 80 },
    STORAGE: ["1", "STORAGE", NEWEST],
    EVENTS: ["50", "EVENTS", NEWEST],
    PARTIAL: ["50", "SIMULATED", 95],
  },
  {
    name: "the largest amounts",
    row: { stored: String(2n ** 127n - 1n), storedLedger: 9, summed: String(2n ** 127n - 2n), summedLedger: 9 },
    STORAGE: [String(2n ** 127n - 1n), "STORAGE", NEWEST],
    EVENTS: [String(2n ** 127n - 2n), "EVENTS", NEWEST],
    PARTIAL: [String(2n ** 127n - 1n), "PARTIAL", NEWEST],
  },
  {
    name: "a temporary entry in its last ledger",
    row: { stored: "8", storedLedger: 9, temporary: true, liveUntil: NEWEST },
    STORAGE: ["8", "STORAGE", NEWEST],
    PARTIAL: ["8", "PARTIAL", NEWEST],
  },
  {
    name: "a temporary entry that is over",
    row: { stored: "8", storedLedger: 9, temporary: true, liveUntil: NEWEST - 1, summed: "5", summedLedger: 9 },
    EVENTS: ["5", "PARTIAL", NEWEST],
    PARTIAL: ["5", "PARTIAL", NEWEST],
  },
  {
    name: "a persistent entry that is over",
    row: { stored: "8", storedLedger: 9, liveUntil: NEWEST - 1 },
    STORAGE: ["8", "STORAGE", NEWEST],
    PARTIAL: ["8", "PARTIAL", NEWEST],
  },
];

const NODE = `tokenId ... on SEP41Balance { balance source asOfLedger eventsDiffer isArchived liveUntilLedger spendable exists lastModifiedLedger }`;

async function read(address: string, tokens: readonly string[] | null = null) {
  const { data, errors } = await api.ask(
    `query ($address: String!, $tokens: [String!]) { accountByAddress(address: $address) { balances(tokens: $tokens, first: 100) { edges { node { ${NODE} } } } } }`,
    { address, tokens },
  );
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data.accountByAddress.balances.edges.map(({ node }: { node: Record<string, unknown> }) => node) as Record<string, unknown>[];
}

for (const [at, rule] of RULES.entries())
  test(`${rule.name}: what is shown, of every kind of token`, async () => {
    const holder = account(0x10 + at);
    await insertBalances(
      sql,
      Object.values(TOKENS).map((token) => ({ ...rule.row, holder: holder.bytes, token })),
    );
    const expected = (["STORAGE", "EVENTS", "PARTIAL"] as const).filter((from) => rule[from] !== undefined);
    const brief = ({ tokenId, balance, source, asOfLedger }: Record<string, unknown>) => [tokenId, [balance, source, asOfLedger]] as const;
    const nodes = await read(holder.text);
    assert.deepEqual(new Map(nodes.map(brief)), new Map(expected.map((from) => [TOKENS[from], rule[from]])));
    assert.equal(nodes.length, expected.length);
    // The same when it is asked for by its token; what is not shown is 0.
    const asked = await read(holder.text, Object.values(TOKENS));
    assert.deepEqual(new Set(asked.map(({ tokenId }) => tokenId)), new Set([TOKENS.STORAGE, TOKENS.EVENTS, TOKENS.PARTIAL]));
    assert.equal(asked.length, 3);
    for (const node of asked) {
      const listed = nodes.find(({ tokenId }) => tokenId === node.tokenId);
      if (listed !== undefined) assert.deepEqual(node, listed);
      else assert.deepEqual([node.balance, node.spendable], ["0", "0"]);
    }
    // And among the holders of its token.
    for (const from of ["STORAGE", "EVENTS", "PARTIAL"] as const) {
      const { data } = await api.ask(
        `{ token(id: "${TOKENS[from]}") { holders(first: 100) { edges { node { address balance source asOfLedger isArchived } } } } }`,
      );
      const node = data.token.holders.edges
        .map((edge: { node: unknown }) => edge.node)
        .find((n: { address: string }) => n.address === holder.text);
      const { tokenId: _, balance, source, asOfLedger, isArchived } = nodes.find(({ tokenId }) => tokenId === TOKENS[from]) ?? {};
      assert.deepEqual(node, balance === undefined ? undefined : { address: holder.text, balance, source, asOfLedger, isArchived });
    }
  });

test("a token whose events and storage differ is marked, in a balance of 0 too", async () => {
  const [holder, stranger] = [account(1), account(2)];
  await insertBalances(sql, [{ holder: holder.bytes, token: TOKENS.STORAGE, stored: "5", storedLedger: 50 }]);
  await insertBalances(sql, [{ holder: holder.bytes, token: TOKENS.EVENTS, summed: "5", summedLedger: 50 }]);
  const marks = (nodes: Record<string, unknown>[]) => new Map(nodes.map(({ tokenId, eventsDiffer }) => [tokenId, eventsDiffer]));
  const expected = new Map([
    [TOKENS.STORAGE, true],
    [TOKENS.EVENTS, false],
  ]);
  assert.deepEqual(marks(await read(holder.text)), expected);
  assert.deepEqual(marks(await read(stranger.text, [TOKENS.STORAGE, TOKENS.EVENTS])), expected);
});

test("a balance of 0 says how far it can be relied on, and whether there is an entry", async () => {
  const [holder, stranger] = [account(3), account(4)];
  await insertBalances(sql, [
    { holder: holder.bytes, token: TOKENS.STORAGE, stored: "0", storedLedger: 50 },
    { holder: holder.bytes, token: TOKENS.EVENTS, summed: "-1", summedLedger: 51 },
    { holder: holder.bytes, token: TOKENS.PARTIAL, summed: "0", summedLedger: 52, simulatedLedger: 52 },
  ]);
  const asked = [TOKENS.STORAGE, TOKENS.EVENTS, TOKENS.PARTIAL];
  const brief = (nodes: Record<string, unknown>[]) =>
    asked.map((token) => {
      const { source, asOfLedger, exists, lastModifiedLedger } = nodes.find(({ tokenId }) => tokenId === token)!;
      return [source, asOfLedger, exists, lastModifiedLedger];
    });
  assert.deepEqual(brief(await read(holder.text, asked)), [
    ["STORAGE", NEWEST, true, 50],
    ["PARTIAL", NEWEST, false, 0],
    ["SIMULATED", 52, false, 0],
  ]);
  assert.deepEqual(brief(await read(stranger.text, asked)), [
    ["STORAGE", NEWEST, false, 0],
    ["EVENTS", NEWEST, false, 0],
    ["PARTIAL", NEWEST, false, 0],
  ]);
});

test("what is below 0 is 0, and never said to be right, wherever it is read from", async () => {
  const holder = account(12);
  await insertBalances(sql, [
    { holder: holder.bytes, token: TOKENS.STORAGE, stored: "-5", storedLedger: 50, summed: "9", summedLedger: 50 },
    { holder: holder.bytes, token: TOKENS.EVENTS, stored: "9", storedLedger: 50, summed: String(-(2n ** 127n)), summedLedger: 50 },
    { holder: holder.bytes, token: TOKENS.PARTIAL, summed: "-5", summedLedger: 60, simulatedLedger: 52 },
  ]);
  assert.deepEqual(await read(holder.text), []);
  const nodes = await read(holder.text, [TOKENS.STORAGE, TOKENS.EVENTS, TOKENS.PARTIAL]);
  assert.deepEqual(
    nodes.map(({ balance, spendable, source }) => [balance, spendable, source]),
    Array.from({ length: 3 }, () => ["0", "0", "PARTIAL"]),
  );
});

test("a sum beyond an i128 is shown with all its digits", async () => {
  const holder = account(13);
  const sum = String(2n ** 130n + 1n);
  await insertBalances(sql, [{ holder: holder.bytes, token: TOKENS.EVENTS, summed: sum, summedLedger: 50 }]);
  assert.deepEqual(
    (await read(holder.text)).map(({ balance, spendable }) => [balance, spendable]),
    [[sum, sum]],
  );
});

test("of a token that is older than the first ledger here, nobody knows that a stranger has nothing", async () => {
  const token = contract(7);
  await insertTokens(sql, [{ contract: token, type: "SEP41", from: "STORAGE", symbol: "OLD", decimals: 5 }]);
  const [holder, stranger] = [account(15), account(16)];
  await insertBalances(sql, [{ holder: holder.bytes, token, stored: "5", storedLedger: 50 }]);
  const brief = async (of: string) => (await read(of, [token])).map(({ balance, source, exists }) => [balance, source, exists]);
  assert.deepEqual([await brief(holder.text), await brief(stranger.text)], [[["5", "STORAGE", true]], [["0", "PARTIAL", false]]]);
  await showContract(token, null);
  assert.deepEqual(await brief(stranger.text), [["0", "PARTIAL", false]]);
});

test("events that differ are not added to what a simulation told", async () => {
  const token = contract(8);
  await insertTokens(sql, [{ contract: token, type: "SEP41", from: "PARTIAL", symbol: "FEE", decimals: 5, differ: true }]);
  const [since, before, unstored] = [account(15), account(16), account(17)];
  await insertBalances(sql, [
    { holder: since.bytes, token, stored: "14", storedLedger: 60, summed: "15", summedLedger: 60, simulatedLedger: 50 },
    { holder: before.bytes, token, stored: "3", storedLedger: 40, summed: "5", summedLedger: 50, simulatedLedger: 50 },
    { holder: unstored.bytes, token, summed: "15", summedLedger: 60, simulatedLedger: 50 },
  ]);
  const brief = async (of: string) => (await read(of, [token])).map(({ balance, source, asOfLedger }) => [balance, source, asOfLedger]);
  assert.deepEqual(await brief(since.text), [["14", "PARTIAL", NEWEST]]);
  assert.deepEqual(await brief(before.text), [["5", "SIMULATED", 50]]);
  assert.deepEqual(await brief(unstored.text), [["15", "PARTIAL", NEWEST]]);
  const { data } = await api.ask(`{ token(id: "${token}") { holders(first: 9) { edges { node { balance source } } } } }`);
  assert.deepEqual(
    data.token.holders.edges.map(({ node }: { node: { balance: string; source: string } }) => `${node.balance} ${node.source}`),
    ["14 PARTIAL", "5 SIMULATED", "15 PARTIAL"],
  );
});

test("only persistent entries are archived, and then nothing of them can be spent", async () => {
  const [persistent, temporary] = [account(5), account(6)];
  await insertBalances(sql, [
    { holder: persistent.bytes, token: TOKENS.STORAGE, stored: "8", storedLedger: 9, liveUntil: NEWEST - 1 },
    { holder: temporary.bytes, token: TOKENS.STORAGE, stored: "8", storedLedger: 9, temporary: true, liveUntil: NEWEST },
  ]);
  const brief = (nodes: Record<string, unknown>[]) =>
    nodes.map(({ balance, spendable, isArchived, liveUntilLedger }) => [balance, spendable, isArchived, liveUntilLedger]);
  assert.deepEqual(brief(await read(persistent.text)), [["8", "0", true, NEWEST - 1]]);
  assert.deepEqual(brief(await read(temporary.text)), [["8", "8", false, NEWEST]]);
  // What is left of an entry that was removed says nothing of the events' sum.
  const removed = account(11);
  await insertBalances(sql, [
    { holder: removed.bytes, token: TOKENS.EVENTS, storedLedger: 9, summed: "8", summedLedger: 9, liveUntil: NEWEST - 1 },
  ]);
  assert.deepEqual(
    (await read(removed.text)).map(({ balance, spendable, isArchived }) => [balance, spendable, isArchived]),
    [["8", "8", false]],
  );
  await sql`update sep41_balances set evicted_ledger = ${NEWEST} where account_id = ${temporary.bytes}`;
  assert.deepEqual(await read(temporary.text), [], "what is evicted of temporary data is deleted");
});

test("a token's verdict is looked at when it is read: its balances appear and go with it", async () => {
  const holder = account(7);
  await insertBalances(sql, [{ holder: holder.bytes, token: TOKENS.UNKNOWN, stored: "8", storedLedger: 9 }]);
  assert.deepEqual(await read(holder.text), []);
  await sql`update contract_tokens set type = 'SEP41' where contract_id = ${TOKENS.UNKNOWN}`;
  assert.deepEqual(
    (await read(holder.text)).map(({ balance }) => balance),
    ["8"],
  );
  await sql`update contract_tokens set type = 'UNKNOWN' where contract_id = ${TOKENS.UNKNOWN}`;
  assert.deepEqual(await read(holder.text), []);
});

/** A token of its own for each number. */
const spam = (prefix: string, count: number) => sql`
  insert into contract_tokens (id, contract_id, type, balances_from)
  select md5(${prefix} || i)::uuid, ${prefix} || i, case when i % 3 = 0 then 'NONE' when i % 3 = 1 then 'UNKNOWN' else 'SEP41' end, 'STORAGE' from generate_series(1, ${count}::integer) i`;

test("pages pass by what is hidden: every page but the last is full, and a few statements do", async () => {
  const holder = account(8);
  await insertAccounts(sql, [{ id: holder.bytes, balance: 1, ledger: 1 }]);
  await spam("hidden", 600);
  // Of every third there is a balance, and of a third of those an entry of 0.
  await sql`
    insert into sep41_balances (account_id, contract_id, stored, last_modified_ledger)
    select ${holder.bytes}, md5('hidden' || i)::uuid, case when i % 9 = 8 then 0 else i end, 1 from generate_series(1, 600) i`;
  await sql`insert into liquidity_pools values (${"ab".repeat(32)}, 'native', 1, 'USD:G', 2, 1)`;
  await sql`insert into liquidity_pool_balances values (${holder.bytes}, ${"ab".repeat(32)}, 5, 1)`;
  const query = { parent: `accountByAddress(address: "${holder.text}")`, field: "balances", node: "__typename balance" };
  const whole = await walk(api, query, 100);
  // 200 have the type, 66 of them an entry of 0; XLM and the pool besides.
  assert.equal(whole.length, 200 - 66 + 2);
  assert.deepEqual([whole[0]!.node.__typename, whole.at(-1)!.node.__typename], ["NativeBalance", "LiquidityPoolBalance"]);
  for (const size of [1, 7, 50])
    for (const direction of ["forward", "backward"] as const) assert.deepEqual(await walk(api, query, size, direction), whole);
});

test("an account with more hidden balances than a statement looks at: pages end early and go on behind, none is lost", async () => {
  const [holder, other] = [account(9), account(10)];
  await insertAccounts(sql, [{ id: holder.bytes, balance: 1, ledger: 1 }]);
  const hidden = 2 * MOST_INSPECTED + 10;
  await sql`
    insert into contract_tokens (id, contract_id, type) select md5('junk' || i)::uuid, 'junk' || i, 'NONE' from generate_series(1, ${hidden}::integer) i`;
  await sql`
    insert into sep41_balances (account_id, contract_id, stored, last_modified_ledger)
    select ${holder.bytes}, md5('junk' || i)::uuid, 9, 1 from generate_series(1, ${hidden}::integer) i`;
  await insertBalances(sql, [
    { holder: holder.bytes, token: TOKENS.STORAGE, stored: "3", storedLedger: 9 },
    { holder: holder.bytes, token: TOKENS.EVENTS, summed: "4", summedLedger: 9 },
    { holder: other.bytes, token: TOKENS.EVENTS, summed: "6", summedLedger: 9 },
  ]);
  await sql`insert into liquidity_pool_balances values (${holder.bytes}, ${"ab".repeat(32)}, 5, 1)`;
  const ask = async (args: string) => {
    const { data, errors } = await api.ask(
      `{ accounts(addresses: ["${other.text}", "${holder.text}"]) { balances(${args}) { edges { cursor node { balance } } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } } }`,
    );
    assert.equal(errors, undefined, JSON.stringify(errors));
    return data.accounts.map(({ balances }: { balances: unknown }) => balances);
  };
  for (const direction of ["forward", "backward"] as const) {
    let statements = 0;
    const { edges, pages } = await followPages(
      async ({ first, after: behind, last, before }) => {
        const place = behind === undefined ? (before === undefined ? "" : `, before: "${before}"`) : `, after: "${behind}"`;
        const [, page] = await ask((first === undefined ? `last: ${last}` : `first: ${first}`) + place);
        statements += api.lastRecord().statements!;
        return page;
      },
      50,
      direction,
    );
    const balances = edges.map((edge) => (edge as { node: { balance: string } }).node.balance);
    assert.deepEqual([balances[0], balances.at(-1)], ["0.0000001", "0.0000005"]);
    assert.deepEqual(balances.slice(1, -1).sort(), ["3", "4"]);
    assert.ok(pages >= 3 && pages <= 4, `${pages} pages`);
    assert.ok(statements <= 3 * pages, `${statements} statements`);
  }
  // Others on the same page are not concerned.
  const [first] = await ask("first: 50");
  assert.deepEqual([first.edges.length, first.pageInfo.hasNextPage], [1, false]);
});
