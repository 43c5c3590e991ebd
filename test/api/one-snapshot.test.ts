import assert from "node:assert/strict";
import { after, test } from "node:test";
import { createIndexer } from "../../functions/ingest/indexer/index-ledger.ts";
import { Pool } from "../../functions/serve/database/pool.ts";
import { buildSchema } from "../../functions/serve/graphql/schema.ts";
import { schemaDocument } from "../../functions/serve/schema/schema.generated.ts";
import { Snapshot } from "../../functions/serve/database/snapshot.ts";
import { accountOfColumn } from "../../functions/serve/values/addresses.ts";
import { createGraphql } from "../../functions/serve/graphql/run-graphql.ts";
import { testDatabase } from "../fixtures/database.ts";
import { FaultProxy } from "../fixtures/fault-proxy.ts";
import { ingestSandbox, memorySource } from "../fixtures/ingest-sandbox.ts";
import { SANDBOX_PASSPHRASE, sandboxLedgers } from "../fixtures/sandbox-ledgers.ts";
import { indexBytes } from "../fixtures/open-ledger.ts";
import { testApi } from "../fixtures/serve-handler.ts";

type Row = { one: number } & Iterable<{ one: number }>;

const ledgers = sandboxLedgers(60);
let ingested = 0;
const database = await testDatabase();
const sql = database.connect();
const proxy = await FaultProxy.start(database.url);
const api = testApi(proxy.url, { networkPassphrase: SANDBOX_PASSPHRASE, graphqlComplexityLimit: 100_000_000 });
after(async () => {
  await api.close();
  await proxy.stop();
});

async function ingestTo(last: number): Promise<void> {
  const { error } = await ingestSandbox(database.url, memorySource(ledgers.slice(0, last)));
  assert.equal(error, null);
  ingested = last;
}
await ingestTo(40);

/** The account of most state changes, and all its transactions in the newest of these ledgers. */
const counts = new Map<string, number>();
for (const bytes of ledgers)
  for (const { account } of indexBytes(createIndexer(SANDBOX_PASSPHRASE), bytes).stateChanges)
    counts.set(account.text, (counts.get(account.text) ?? 0) + 1);
const [busiest] = [...counts].sort(([, a], [, b]) => b - a)[0]!;
const account = (selection: string): string => `{ accountByAddress(address: "${busiest}") { ${selection} } }`;

test("a ledger committed between two statements of a request is not seen by it (D11)", async () => {
  const LIST =
    "transactions(last: 3) { edges { cursor node { hash } } } balances { edges { node { balance } } } allowancesReceived { edges { cursor } } newest: stateChanges(last: 3) { edges { cursor } }";
  // Three levels, each of which sees the newest rows.
  const ofAccount = account(
    `stateChanges(last: 2) { edges { node { account { ${LIST} } transaction { hash accounts { ${LIST} operations(last: 1) { edges { cursor } } } } } } } ${LIST}`,
  );
  const query = `{ ${ofAccount.slice(1, -1)} token(id: "native") { holders(last: 5) { edges { node { address balance asOfLedger } } } } }`;
  let seen = 0;
  // The first request of a process also asks for the schema's version.
  await api.ask(query);
  const { data, errors } = await api.ask(query);
  assert.equal(errors, undefined, JSON.stringify(errors));
  assert.ok(data.accountByAddress.transactions.edges.length === 3);
  let changed = 0;
  // Behind every statement of the request in turn; the first one's answer fixes the snapshot.
  const statements = api.lastRecord().statements!;
  for (let hold = 1; hold < Math.min(statements, 16); hold++) {
    const before = await api.ask(query);
    seen = 0;
    let committed = false;
    proxy.decide = async ({ from, type, text }) => {
      if (from !== "server" || type !== "C" || !text.startsWith("SELECT") || ++seen !== hold) return null;
      await ingestTo(ingested + 1);
      committed = true;
      return null;
    };
    const during = await api.ask(query);
    proxy.decide = () => null;
    assert.ok(committed, `statement ${hold}`);
    assert.deepEqual(during.data, before.data, `a ledger committed behind statement ${hold} showed`);
    assert.deepEqual((during.extensions!.ledger as { sequence: number }).sequence, ingested - 1);
    const next = await api.ask(query);
    assert.equal((next.extensions!.ledger as { sequence: number }).sequence, ingested);
    if (JSON.stringify(next.data) !== JSON.stringify(before.data)) changed++;
  }
  assert.ok(changed > 3, `only ${changed} ledgers changed the answer`);
});

test("every response that was read says as of which ledger, also when the first statement is one that the connection remembers", async () => {
  for (const selection of [
    "balances { edges { cursor } }",
    "transactions(last: 1) { edges { cursor } }",
    "stateChanges(last: 1) { edges { cursor } }",
    "sep41Allowances { edges { cursor } }",
    "allowancesReceived { edges { cursor } }",
  ])
    for (let again = 0; again < 3; again++) {
      const { extensions } = await api.ask(account(selection));
      assert.equal((extensions?.ledger as { sequence: number } | undefined)?.sequence, ingested, selection);
    }
});

test("aliases of edges and nodes get what each asks for (D12)", async () => {
  const { data, errors } = await api.ask(
    account(
      "whole: transactions(last: 5) { edges { node { hash feeCharged resultCode ingestedAt } } } transactions(last: 5) { edges { n1: node { hash } n2: node { feeCharged resultCode } } e2: edges { node { ingestedAt } } }",
    ),
  );
  assert.equal(errors, undefined);
  const { whole, transactions } = data.accountByAddress;
  assert.equal(whole.edges.length, 5);
  for (const [at, { node }] of (whole.edges as { node: Record<string, unknown> }[]).entries()) {
    const { n1, n2 } = transactions.edges[at];
    assert.deepEqual({ ...n1, ...n2, ...transactions.e2[at].node }, node);
  }
});

test("an answer beyond Lambda's 6 MB is refused with what to do; what is below is given whole", async () => {
  const page =
    "edges { cursor node { __typename category reason account { address } transaction { hash } operation { id operationXdr } } }";
  let [given, refused] = [0, 0];
  for (const pages of [20, 60, 110, 160, 330]) {
    const aliases = Array.from({ length: pages }, (_, at) => `a${at}: stateChanges(last: 100) { ...Page }`).join(" ");
    const { status, body } = await api.post(
      JSON.stringify({ query: `${account(aliases)} fragment Page on StateChangeConnection { ${page} }` }),
    );
    assert.equal(status, 200);
    assert.ok(JSON.stringify({ statusCode: 200, headers: {}, body }).length < 6 * 1024 * 1024, "Lambda would refuse it");
    const { extensions: _cost, ...answer } = JSON.parse(body) as {
      data: { accountByAddress: object } | null;
      errors?: { message: string; extensions: object }[];
      extensions?: object;
    };
    if (answer.errors === undefined) {
      given++;
      assert.equal(Object.keys(answer.data!.accountByAddress).length, pages);
      continue;
    }
    refused++;
    assert.deepEqual(answer, {
      errors: [
        { message: "response is larger than 6 MB: ask for smaller pages or fewer fields", extensions: { code: "RESPONSE_TOO_LARGE" } },
      ],
      data: null,
    });
  }
  assert.ok(given > 0 && refused > 0, `${given} given, ${refused} refused`);
});

test("one unreadable holding is skipped and logged; an outage fails the list (D10)", async () => {
  const contract = "CBRIWSOZNXG6S6SDBXKPLF3QLCM6BGUWR54TJEPEW4CMVYZ2IDOAF3WC";
  await sql`insert into contract_tokens (id, contract_id, type, code, issuer, decimals) values
    ('37d598c8-af04-581e-8d96-faba45dda7c3', ${contract}, 'SAC', null, null, 7), ('8a0c2114-ab45-59a1-8143-3e173c17b1f1', 'CDCEI5ADRVCZ4QHEOFFP56T37DNOT6MDJMRPL2HMDXKDJ3FWFNIS577H', 'SAC', 'USDC', ${busiest}, 7)`;
  await sql`insert into sac_balances (account_id, contract_id, balance, is_authorized, is_clawback_enabled, last_modified_ledger)
    select '\\x1062b6b2f2'::bytea || decode(repeat('00', 28), 'hex'), id, 1, true, false, 2 from contract_tokens where code = 'USDC' or code is null`;
  const holder = await sql<{ id: string }[]>`select encode(account_id, 'hex') as id from sac_balances limit 1`;
  const { text } = accountOfColumn(`\\x${holder[0]!.id}`);
  const query = `{ bad: accountByAddress(address: "${text}") { balances { edges { node { tokenId } } } } good: accountByAddress(address: "${busiest}") { transactions(last: 1) { edges { cursor } } } }`;
  const { data, errors } = await api.ask(query);
  assert.equal(errors, undefined);
  assert.deepEqual(
    data.bad.balances.edges.map((edge: { node: { tokenId: string } }) => edge.node.tokenId),
    ["CDCEI5ADRVCZ4QHEOFFP56T37DNOT6MDJMRPL2HMDXKDJ3FWFNIS577H"],
  );
  assert.deepEqual(api.warnings, ["balance row skipped"]);
  // A page of nothing but the unreadable row says where to go on.
  const page = (args: string) =>
    api.ask(`{ accountByAddress(address: "${text}") { balances(${args}) { edges { cursor } pageInfo { endCursor hasNextPage } } } }`);
  const first = (await page("first: 1")).data.accountByAddress.balances;
  assert.deepEqual([first.edges, first.pageInfo.hasNextPage], [[], true]);
  const second = (await page(`first: 1, after: "${first.pageInfo.endCursor}"`)).data.accountByAddress.balances;
  assert.deepEqual([second.edges.length, second.pageInfo.hasNextPage], [1, false]);
  await sql`alter table sac_balances rename to sac_balances_away`;
  try {
    const failed = await api.ask(
      `{ bad: accountByAddress(address: "${text}") { balances { edges { cursor } } } other: accountByAddress(address: "${busiest}") { address } }`,
    );
    assert.deepEqual(failed.errors, [
      { message: "failed to process account balances", path: ["bad", "balances"], extensions: { code: "INTERNAL_ERROR" } },
    ]);
    assert.deepEqual(failed.data, { bad: null, other: { address: busiest } });
    assert.match(api.lastRecord().hidden![0]!.message, /sac_balances/, "the log has the cause");
  } finally {
    await sql`alter table sac_balances_away rename to sac_balances`;
  }
  assert.equal((await api.ask(query)).errors, undefined, "the next request is served");
});

test("a statement that takes too long is given up, its text is masked, and the next request is served", async () => {
  const pool = new Pool({ databaseUrl: database.url, maximum: 1, statementTimeout: 300 });
  const run = createGraphql({
    schema: buildSchema(schemaDocument),
    pool,
    maxComplexity: 10_000,
    introspection: false,
    networkPassphrase: SANDBOX_PASSPHRASE,
    warn: () => {},
  });
  const ask = (query: string) => run({ query });
  const query = account("transactions(last: 1) { edges { node { hash } } } balances { edges { cursor } }");
  try {
    await sql.begin(async (holder) => {
      await holder`lock table transactions, accounts in access exclusive mode`;
      const { response, hidden } = await ask(query);
      assert.equal((response.data as { accountByAddress: unknown }).accountByAddress, null);
      const codes = response.errors!.map(({ message, extensions }) => `${extensions!.code as string}: ${message}`);
      for (const code of codes)
        assert.ok(
          ["INTERNAL_SERVER_ERROR: internal server error", "INTERNAL_ERROR: failed to process account balances"].includes(code),
          code,
        );
      assert.ok(
        hidden.some(({ message }) => message.includes("statement timeout")),
        JSON.stringify(hidden),
      );
    });
    assert.equal((await ask(query)).response.errors, undefined);
  } finally {
    await pool.close();
  }
});

test("a request that reads for too long is given up with its connection", async () => {
  const pool = new Pool({ databaseUrl: database.url, maximum: 1 });
  try {
    const snapshot = new Snapshot(pool, 200);
    const started = performance.now();
    await assert.rejects(snapshot.query((connection) => connection<Row[]>`select pg_sleep(20)`));
    await assert.rejects(
      snapshot.query((connection) => connection<Row[]>`select 1`),
      /read for too long/,
    );
    assert.ok(performance.now() - started < 10_000);
    snapshot.end();
    const next = new Snapshot(pool);
    assert.deepEqual([...(await next.query((connection) => connection<Row[]>`select 1 as one`))], [{ one: 1 }]);
    next.end();
  } finally {
    await pool.close();
  }
});
