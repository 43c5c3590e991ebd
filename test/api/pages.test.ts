import assert from "node:assert/strict";
import { after, before } from "node:test";
import * as fc from "fast-check";
import { accountOf, accountOfColumn } from "../../functions/serve/values/addresses.ts";
import { type ConnectionQuery, type PageEdge, readPageOf, STATE_CHANGE_NODE, walk } from "../fixtures/connection-pages.ts";
import { testDatabase } from "../fixtures/database.ts";
import { historyTables } from "../fixtures/history-tables.ts";
import { testApi } from "../fixtures/serve-handler.ts";
import { hasShared, sharedTest } from "../fixtures/shared.ts";

/** `PAGES_SEED=2 node --test …` tries other pages. */
const SEED = Number(process.env.PAGES_SEED ?? 1);
/** Properties of an API over a database: few runs, each of many requests. */
const runs = (numRuns: number): fc.Parameters<unknown> => ({ seed: SEED, numRuns, endOnFailure: true });

const database = await testDatabase("chain");
const sql = database.connect();
const api = testApi(database.url, { graphqlComplexityLimit: 100_000_000 });
after(() => api.close());

/** Accounts and contracts with 20 to 250 state changes, a busy one, and one with many holdings. */
const accounts: string[] = [];
/** The fields that have an order. */
const HISTORY: ReadonlySet<string> = new Set(["transactions", "operations", "stateChanges"]);
/** Every connection that is tried, with its whole list: as pages of 100 give it, and in descending order. */
const connections: { query: ConnectionQuery; all: PageEdge[] }[] = [];

const NODES = {
  transactions: "hash ledgerNumber",
  operations: "id type",
  stateChanges: STATE_CHANGE_NODE,
  balances: "__typename balance tokenId",
  sep41Allowances: "spender tokenId amount expirationLedger",
} as const;

const ofAccount = (address: string, field: keyof typeof NODES, args = ""): ConnectionQuery => ({
  parent: `accountByAddress(address: "${address}")`,
  field,
  args,
  node: NODES[field],
});

/** Approvals of an account, which the chain has too few of: 40 spenders of both kinds for 3 tokens; those of every seventh have ended. */
async function approve(owner: string): Promise<void> {
  await sql`insert into contract_tokens (id, contract_id, type, decimals)
    select md5('approved ' || n)::uuid, token, 'SEP41', 7 from unnest(${`{${[1, 2, 3].map(contractText).join(",")}}`}::text[]) with ordinality t (token, n)`;
  await sql`insert into sep41_allowances (owner_id, spender_id, contract_id, amount, expiration_ledger, last_modified_ledger)
    select decode(${owner}, 'hex'), (case when s % 3 = 0 then '\\x10'::bytea else '\\x30'::bytea end) || sha256(convert_to(s::text, 'UTF8')),
      md5('approved ' || n)::uuid, s * 1000 + n, (select ledger from cursors where name = 'latest') - (s % 7 = 0)::integer, 1
    from generate_series(1, 40) s, generate_series(1, 3) n`;
}
const contractText = (n: number): string => accountOfColumn(`\\x10${n.toString(16).padStart(64, "a")}`).text;

before(async () => {
  if (!hasShared) return;
  await historyTables(sql);
  const rows = await sql<{ id: string }[]>`
    with counted as (select account_id, count(*) as changes from state_changes group by 1)
    select encode(account_id, 'hex') as id from (
      (select *, 1 as kind from counted where changes between 20 and 250 and get_byte(account_id, 0) = 48 order by md5(account_id) limit 3) union all
      (select *, 2 from counted where changes >= 20 and get_byte(account_id, 0) = 16 order by changes, account_id limit 1) union all
      (select *, 3 from counted where changes < 1000 order by changes desc limit 1) union all
      (select *, 4 from counted join (select account_id from trustline_balances group by 1 order by count(*) desc limit 1) rich using (account_id))
    ) chosen order by kind`;
  const parents = await sql<{ hash: string; operation: string }[]>`
    select encode(t.hash, 'hex') as hash, s.operation_id as operation from
      (select to_id, operation_id, count(*) from state_changes where operation_id <> 0 group by 1, 2 order by 3 desc, 1 limit 2) s
      join transactions t on t.to_id = s.to_id`;
  await approve(rows[0]!.id);
  accounts.push(...new Set(rows.map(({ id }) => accountOfColumn(`\\x${id}`).text)));
  const queries: ConnectionQuery[] = accounts.flatMap((address) =>
    (Object.keys(NODES) as (keyof typeof NODES)[])
      .filter((field) => field !== "sep41Allowances" || address === accounts[0])
      .map((field) => ofAccount(address, field)),
  );
  for (const { hash, operation } of parents) {
    queries.push(
      { parent: `transactionByHash(hash: "${hash}")`, field: "operations", node: NODES.operations },
      { parent: `transactionByHash(hash: "${hash}")`, field: "stateChanges", node: NODES.stateChanges },
      { parent: `operationById(id: ${operation})`, field: "stateChanges", node: NODES.stateChanges },
    );
  }
  for (const query of queries) {
    const all = await walk(api, query, 100);
    connections.push({ query, all });
    // The same list from its other end; what is true of the one is true of the other.
    if (HISTORY.has(query.field)) connections.push({ query: { ...query, args: "order: DESC" }, all: all.toReversed() });
  }
});

const anyConnection = () => fc.constantFrom(...connections);
/** A page size; lists of many rows get no more than some 60 pages. */
const sizeFor = (rows: number, size: number): number => Math.max(size, Math.ceil(rows / 60));

sharedTest("the lists are not trivial", () => {
  for (const field of Object.keys(NODES)) {
    const longest = Math.max(...connections.filter(({ query }) => query.field === field).map(({ all }) => all.length));
    assert.ok(longest > 50, `${field}: at most ${longest}`);
  }
  for (const { query, all } of connections)
    assert.equal(new Set(all.map(({ cursor }) => cursor)).size, all.length, `${query.parent}.${query.field} repeats`);
});

sharedTest("approvals that have ended are not listed, the others by spender and token", () => {
  const { all } = connections.find(({ query }) => query.field === "sep41Allowances")!;
  assert.equal(all.length, (40 - 5) * 3);
  const keys = all.map(({ cursor }) => {
    const [, spender, token] = Buffer.from(cursor, "base64").toString().split(":");
    return `${accountOf(spender!)!.column} ${token}`;
  });
  assert.deepEqual(keys, [...keys].sort());
});

sharedTest(`any page size, forward or backward, gives the list that pages of 100 give (seed ${SEED})`, async () => {
  await fc.assert(
    fc.asyncProperty(
      anyConnection(),
      fc.integer({ min: 1, max: 100 }),
      fc.constantFrom("forward", "backward"),
      async ({ query, all }, size, direction) => {
        assert.deepEqual(await walk(api, query, sizeFor(all.length, size), direction), all);
      },
    ),
    runs(40),
  );
  // The smallest pages, where every boundary is met.
  for (const { query, all } of connections.filter((connection) => connection.all.length <= 60)) {
    for (const direction of ["forward", "backward"] as const) assert.deepEqual(await walk(api, query, 1, direction), all);
  }
});

sharedTest(`a cursor serves pages of every size and both directions (seed ${SEED})`, async () => {
  await fc.assert(
    fc.asyncProperty(
      anyConnection(),
      fc.nat(),
      fc.option(fc.integer({ min: 1, max: 100 }), { nil: 50 }),
      fc.boolean(),
      async ({ query, all }, pick, size, sized) => {
        fc.pre(all.length > 0);
        const at = pick % all.length;
        const { cursor } = all[at]!;
        // Without a size the page has 50 rows (D4).
        const limit = sized ? size : 50;
        const next = await readPageOf(api, query, `${sized ? `first: ${limit}, ` : ""}after: "${cursor}"`);
        assert.deepEqual(next.edges, all.slice(at + 1, at + 1 + limit));
        assert.deepEqual([next.pageInfo.hasNextPage, next.pageInfo.hasPreviousPage], [all.length > at + 1 + limit, true]);
        const previous = await readPageOf(api, query, `${sized ? `last: ${limit}, ` : ""}before: "${cursor}"`);
        assert.deepEqual(previous.edges, all.slice(Math.max(0, at - limit), at));
        assert.deepEqual([previous.pageInfo.hasNextPage, previous.pageInfo.hasPreviousPage], [true, at > limit]);
      },
    ),
    runs(150),
  );
});

/** Close times of the chain and moments beside them, microseconds included. */
const moments = (list: readonly string[]) =>
  fc
    .tuple(fc.constantFrom(...list), fc.constantFrom(0, 0, 0, -1, 1, -5_000, 5_000, 1_000_000_000))
    .map(([time, shift]) => new Date(Date.parse(time) + shift).toISOString());

sharedTest(`since and until cut what is outside of them, with every page (seed ${SEED})`, async () => {
  const lists = new Map<string, PageEdge[]>();
  for (const address of accounts)
    for (const field of ["transactions", "operations", "stateChanges"] as const)
      lists.set(`${address} ${field}`, await walk(api, { ...ofAccount(address, field), node: "ledgerCreatedAt" }, 100));
  const times = [...new Set([...lists.values()].flat().map(({ node }) => node.ledgerCreatedAt as string))];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...lists.keys()),
      fc.option(moments(times)),
      fc.option(moments(times)),
      fc.integer({ min: 1, max: 100 }),
      fc.constantFrom("forward", "backward"),
      fc.constantFrom("ASC", "DESC"),
      async (list, since, until, size, direction, order) => {
        fc.pre(since === null || until === null || Date.parse(since) <= Date.parse(until));
        const [address, field] = list.split(" ") as [string, "transactions"];
        const wanted = lists.get(list)!.filter(({ node }) => {
          const time = Date.parse(node.ledgerCreatedAt as string);
          return (since === null || time >= Date.parse(since)) && (until === null || time <= Date.parse(until));
        });
        if (order === "DESC") wanted.reverse();
        const bounds = [...(since === null ? [] : [`since: "${since}"`]), ...(until === null ? [] : [`until: "${until}"`])];
        const args = [`order: ${order}`, ...bounds].join(", ");
        const found = await walk(
          api,
          { ...ofAccount(address, field, args), node: "ledgerCreatedAt" },
          sizeFor(wanted.length, size),
          direction,
        );
        assert.deepEqual(found, wanted, args);
      },
    ),
    runs(60),
  );
});

function withFilter(query: ConnectionQuery, filter: string): ConnectionQuery {
  return { ...query, args: [query.args ?? "", `filter: { ${filter} }`].filter((text) => text !== "").join(", ") };
}

sharedTest(`a filtered list is the whole one, filtered (seed ${SEED})`, async () => {
  const lists = connections.filter(({ query }) => query.field === "stateChanges" && query.parent.startsWith("account"));
  let filled = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...lists),
      fc.nat(),
      fc.record({ category: fc.boolean(), reason: fc.boolean(), operationId: fc.boolean(), transactionHash: fc.boolean() }),
      fc.integer({ min: 1, max: 100 }),
      fc.constantFrom("forward", "backward"),
      async ({ query, all }, pick, on, size, direction) => {
        fc.pre(all.length > 0);
        const { node } = all[pick % all.length]!;
        const operationOf = (edge: PageEdge): unknown => edge.node.operation?.id ?? 0;
        const filter = [
          ...(on.category ? [`category: ${node.category}`] : []),
          ...(on.reason ? [`reason: ${node.reason}`] : []),
          ...(on.operationId ? [`operationId: ${String(node.operation?.id ?? 0)}`] : []),
          ...(on.transactionHash ? [`transactionHash: "${node.transaction.hash}"`] : []),
        ].join(", ");
        const wanted = all.filter(
          (edge) =>
            (!on.category || edge.node.category === node.category) &&
            (!on.reason || edge.node.reason === node.reason) &&
            (!on.operationId || operationOf(edge) === (node.operation?.id ?? 0)) &&
            (!on.transactionHash || edge.node.transaction.hash === node.transaction.hash),
        );
        filled += wanted.length > 0 ? 1 : 0;
        const found = await walk(api, withFilter(query, filter), sizeFor(wanted.length, size), direction);
        assert.deepEqual(found, wanted, filter);
      },
    ),
    runs(80),
  );
  assert.ok(filled > 40, `only ${filled} filters found rows`);
  for (const { query, all } of lists) {
    const kinds = new Set(all.map(({ node }) => `category: ${node.category}, reason: ${node.reason}`));
    for (const kind of kinds) {
      const found = await walk(api, withFilter(query, kind), 100);
      assert.deepEqual(
        found,
        all.filter(({ node }) => `category: ${node.category}, reason: ${node.reason}` === kind),
      );
    }
  }
});

sharedTest("every state change of an account is its transaction's and its operation's", async () => {
  for (const { query, all } of connections.filter(
    (each) => each.query.field === "stateChanges" && each.query.parent.startsWith("account") && each.query.args === "",
  )) {
    const address = /"(.*)"/.exec(query.parent)![1]!;
    const some = all.slice(0, 120);
    const parents = new Map<string, PageEdge[]>();
    const add = (parent: string, edge: PageEdge): void => void parents.set(parent, [...(parents.get(parent) ?? []), edge]);
    for (const edge of some) {
      add(`transactionByHash(hash: "${edge.node.transaction.hash}")`, edge);
      if (edge.node.operation !== null) add(`operationById(id: ${edge.node.operation.id})`, edge);
    }
    for (const [parent, edges] of parents) {
      const children = await walk(api, { parent, field: "stateChanges", node: STATE_CHANGE_NODE }, 100);
      const own = children.filter(({ node }) => node.account.address === address);
      // The last parent may have changes behind the first 120.
      assert.deepEqual(own.slice(0, edges.length), edges, parent);
      if (some.length === all.length) assert.equal(own.length, edges.length, parent);
    }
  }
});

sharedTest(
  `the lists inside an account's transactions are its operations and state changes there, newest first (seed ${SEED})`,
  async () => {
    for (const address of accounts) {
      const operations = await walk(api, { ...ofAccount(address, "operations"), node: "id transaction { hash }" }, 100);
      const changes = await walk(api, ofAccount(address, "stateChanges"), 100);
      const edge = `operations { id transaction { hash } } stateChanges { ${STATE_CHANGE_NODE} }`;
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 1, max: 100 }), fc.constantFrom("forward", "backward"), async (size, direction) => {
          const transactions = await walk(
            api,
            { ...ofAccount(address, "transactions"), edge },
            sizeFor(operations.length, size),
            direction,
          );
          for (const { node, ...inlined } of transactions) {
            const of = (edges: PageEdge[]): unknown[] =>
              edges.filter((each) => each.node.transaction.hash === node.hash).map((each) => each.node as unknown);
            assert.deepEqual(inlined.operations, of(operations).reverse());
            assert.deepEqual(inlined.stateChanges, of(changes).reverse());
          }
          const listed = (name: "operations" | "stateChanges"): number => transactions.flatMap((each) => each[name] as unknown[]).length;
          assert.deepEqual([listed("operations"), listed("stateChanges")], [operations.length, changes.length], "none is missing");
        }),
        runs(3),
      );
      const [first] = changes;
      const filtered = await readPageOf(
        api,
        { ...ofAccount(address, "stateChanges"), args: `filter: { transactionHash: "${first!.node.transaction.hash}" }` },
        "",
      );
      const { edges } = await readPageOf(api, { ...ofAccount(address, "transactions"), edge }, "first: 1");
      assert.deepEqual(edges[0]!.stateChanges, filtered.edges.map(({ node }) => node as unknown).reverse());
    }
  },
);

sharedTest("a state change has one id wherever it is met, and no other has it; a transaction has that of its operations", async () => {
  const seen = new Map<string, string>();
  for (const { query } of connections.filter((each) => each.query.field === "stateChanges")) {
    const edges = await walk(
      api,
      { ...query, node: `id account { address } transaction { id operations(first: 1) { edges { node { id } } } }` },
      100,
    );
    for (const { cursor, node } of edges) {
      const place = Buffer.from(cursor, "base64").toString();
      // The cursor's first part is the close time.
      assert.equal(node.id, place.slice(place.indexOf(":") + 1));
      assert.equal(seen.get(node.id) ?? cursor, cursor);
      seen.set(node.id, cursor);
      assert.equal(node.id.split(":")[0], node.transaction.id);
      assert.equal(BigInt(node.transaction.id) + 1n, BigInt(node.transaction.operations.edges[0].node.id));
    }
  }
  assert.ok(seen.size > 500);
  assert.equal(new Set(seen.values()).size, seen.size);
});

sharedTest("an order of null is that of the specification, and a list without an order refuses one", async () => {
  const { query, all } = connections.find((each) => each.query.field === "transactions" && each.all.length > 10)!;
  assert.deepEqual((await readPageOf(api, { ...query, args: "order: null" }, "first: 10")).edges, all.slice(0, 10));
  const { errors } = await api.ask(`{ ${query.parent} { balances(order: DESC) { edges { cursor } } } }`);
  assert.equal(errors?.[0]?.extensions.code, "GRAPHQL_VALIDATION_FAILED");
});
