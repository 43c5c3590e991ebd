import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { testDatabase } from "../fixtures/database.ts";
import { HEAVY_ACCOUNT, writeHeavyAccount } from "../../bin/bench/heavy-account.ts";
import { testApi } from "../fixtures/serve-handler.ts";

const database = await testDatabase();
await writeHeavyAccount(database.connect(), 100);
const api = testApi(database.url, { dbMaxConns: 4 });
after(() => api.close());

const account = (selection: string): string => `{ accountByAddress(address: "${HEAVY_ACCOUNT}") { ${selection} } }`;

/** What a query costs by its text, and what it tries to take with it: the lists have no length of their own, or fields are repeated. */
const ATTACKS: Readonly<Record<string, [complexity: number, query: string]>> = {
  "state changes of an edge": [301, account("transactions(first: 100) { edges { stateChanges { category } } }")],
  "accounts of an edge's operations": [
    5_301,
    account("transactions(first: 100) { edges { operations { transaction { accounts { address } } } } }"),
  ],
  "the type's name, over and over": [
    5_201,
    account(
      `transactions(first: 100) { edges { stateChanges { ${Array.from({ length: 50 }, (_, at) => `a${at}: __typename`).join(" ")} } } }`,
    ),
  ],
  "operations' own XDR": [401, account("transactions(first: 100) { edges { operations { id operationXdr } } }")],
};

for (const [name, [complexity, query]] of Object.entries(ATTACKS)) {
  test(`${name}: ended before it takes more than its price, at bounded memory`, async () => {
    const before = process.memoryUsage().heapUsed;
    const started = performance.now();
    const { status, body } = await api.post(JSON.stringify({ query }));
    const took = performance.now() - started;
    assert.equal(status, 200);
    const answer = JSON.parse(body) as {
      data: unknown;
      errors?: { message: string; path?: unknown; extensions: object }[];
      extensions: { cost: { complexity: number; limit: number; charged: number } };
    };
    assert.equal(answer.data, null);
    assert.deepEqual(answer.errors, [
      {
        message: "operation reads or sends more than 10000 points of complexity buy: ask for smaller pages or fewer fields",
        extensions: { code: "QUERY_TOO_EXPENSIVE", limit: 10_000 },
      },
    ]);
    assert.equal(answer.extensions.cost.complexity, complexity);
    const { charged } = answer.extensions.cost;
    assert.ok(charged > 10_000 && charged < 25_000, `${charged} points were taken before it was ended`);
    assert.ok(took < 5_000, `${took} ms`);
    // Nothing of it goes on behind the answer: the process would work on for those who were refused.
    const cpu = process.cpuUsage();
    await sleep(100);
    const { user, system } = process.cpuUsage(cpu);
    assert.ok(user + system < 80_000, `${user + system} µs of CPU behind the answer`);
    assert.ok(process.memoryUsage().heapUsed - before < 200_000_000);
  });
}

test("smaller pages of the same account are answered whole, at the price of what they send", async () => {
  const { data, errors, extensions } = await api.ask(
    account("transactions(first: 5) { edges { operations { id type operationXdr } stateChanges { category reason } } }"),
  );
  assert.equal(errors, undefined);
  assert.deepEqual(
    data.accountByAddress.transactions.edges.map((edge: { operations: []; stateChanges: [] }) => [
      edge.operations.length,
      edge.stateChanges.length,
    ]),
    Array.from({ length: 5 }, () => [100, 400]),
  );
  const { complexity, charged } = extensions!.cost;
  assert.equal(complexity, 1 + 5 * 8);
  // A sixth of a point for each object and field: 5 edges with 100 operations of 3 and 400 changes of 2 members.
  const fields = 5 * (1 + 100 * 4 + 400 * 3);
  assert.ok(charged >= fields / 6 && charged < fields / 5, `${charged}`);
});

test("a query that reads and sends what its price expects is charged its complexity", async () => {
  const { extensions } = await api.ask(`{ transactionByHash(hash: "${"0".repeat(64)}") { hash feeCharged resultCode } }`);
  assert.deepEqual(extensions!.cost, { complexity: 4, limit: 10_000, depth: 2, charged: 4 });
});

test("other requests get their turn while a large one is resolved", async () => {
  const large = testApi(database.url, { graphqlComplexityLimit: 1_000_000, dbMaxConns: 4 });
  try {
    const query = account("transactions(first: 40) { edges { stateChanges { category reason } operations { id } } }");
    await large.ask(query);
    const state = { over: false };
    const answered = large.ask(query).then((answer) => {
      state.over = true;
      return answer;
    });
    let [longest, turns, last] = [0, 0, performance.now()];
    while (!state.over) {
      await new Promise((resolve) => setImmediate(resolve));
      const now = performance.now();
      [longest, last] = [Math.max(longest, now - last), now];
      turns++;
    }
    assert.equal((await answered).errors, undefined);
    assert.ok(turns > 10, `${turns} turns`);
    assert.ok(longest < 2_000, `${longest} ms without a turn`);
  } finally {
    await large.close();
  }
});

test("what takes longer than its time is ended while it is resolved", async () => {
  const { Budget } = await import("../../functions/serve/loaders/budget.ts");
  const budget = new Budget({ points: 1_000_000, milliseconds: -1 });
  assert.throws(
    () => {
      for (let at = 0; at < 10_000; at++) budget.send(1, 1);
    },
    { message: "operation takes too long: ask for smaller pages or fewer fields" },
  );
  // Whatever else is still resolved is refused too.
  assert.throws(() => budget.send(0, 10_000_000), { message: /takes too long/ });
});
