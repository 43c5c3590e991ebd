import assert from "node:assert/strict";
import { after, test } from "node:test";
import { QUERIES } from "../../client/queries.ts";
import { schemaDocument } from "../../functions/serve/schema/schema.generated.ts";
import { testApi } from "../fixtures/serve-handler.ts";

/** Nothing listens there: a price needs no database. */
const api = testApi("postgres://nobody@127.0.0.1:1/none");
after(() => api.close());

const account = (selection: string): string =>
  `{ accountByAddress(address: "GDFJPAISZIN33SX2YIY3HGRD3RG2PBXP7AKHYTTSXGAHPBNP5ZELXIPR") { ${selection} } }`;
const transaction = (selection: string): string => `{ transactionByHash(hash: "${"0".repeat(64)}") { ${selection} } }`;
const changes = (node: string): string => account(`stateChanges(first: 100) { edges { node { ${node} } } }`);

/** The types of state change. */
const TYPES = schemaDocument.definitions
  .filter((node) => node.kind === "ObjectTypeDefinition")
  .filter((node) => node.interfaces?.some((type) => type.name.value === "BaseStateChange"))
  .map((node) => node.name.value);
const SIX = "__typename category reason ledgerNumber ledgerCreatedAt ingestedAt";
const FRAGMENTS = TYPES.map((type) => `fragment On${type} on ${type} { ${SIX} }`).join(" ");

test("the check values of the contract are met exactly", async () => {
  for (const [query, complexity] of [
    [account("transactions { edges { node { hash } } }"), 151],
    [account("transactions(first: 2) { edges { node { hash } } }"), 7],
    [transaction("accounts { transactions { edges { node { hash } } } }"), 7501],
    [transaction("operations(first: 1) { edges { node { accounts { address } } } }"), 53],
    [account("transactions(first: 1) { edges { operations { id } stateChanges { __typename } } }"), 6],
  ] as const) {
    const { extensions } = await api.ask(query);
    assert.equal(extensions?.cost.complexity, complexity, query);
    assert.equal(extensions.cost.limit, 10_000);
  }
});

/** What our client asks for and the reference client does not know. */
const BEYOND_CONTRACT = / operationId\b| counterparty\b| depositId \{[^}]*\}/g;

test("the reference client's queries cost what the contract says, at pages of 100 in both directions", async () => {
  const address = "GDFJPAISZIN33SX2YIY3HGRD3RG2PBXP7AKHYTTSXGAHPBNP5ZELXIPR";
  const hash = "0".repeat(64);
  const id = "4294967300097";
  const costs: Record<keyof typeof QUERIES, [number, Record<string, unknown>]> = {
    transactionByHash: [8, { hash }],
    operationById: [9, { id }],
    accountByAddress: [2, { address }],
    accountTransactions: [1501, { address }],
    accountHistory: [7401, { address }],
    accountOperations: [1601, { address }],
    accountStateChanges: [5701, { address }],
    accountBalances: [3901, { address }],
    accountAllowances: [1401, { address }],
    transactionOperations: [1601, { hash }],
    transactionStateChanges: [5701, { hash }],
    operationStateChanges: [5701, { id }],
  };
  for (const [name, [complexity, variables]] of Object.entries(costs)) {
    const own = QUERIES[name as keyof typeof QUERIES];
    const query = own.replaceAll(BEYOND_CONTRACT, "");
    // What our client asks for besides leaves room below the limit.
    const { extensions: ofOwn } = await api.ask(own, own.includes("$first") ? { ...variables, first: 100 } : variables);
    assert.ok(ofOwn!.cost.complexity >= complexity && ofOwn!.cost.complexity <= 8_500, `${name}: ${ofOwn!.cost.complexity}`);
    for (const page of query.includes("$first") ? [{ first: 100 }, { last: 100 }] : [{}]) {
      const { extensions } = await api.ask(query, { ...variables, ...page });
      assert.deepEqual([name, extensions?.cost.complexity], [name, complexity]);
    }
    // Without a size a page is priced at 50.
    if (!query.includes("$first")) continue;
    const { extensions } = await api.ask(query, variables);
    assert.deepEqual([name, extensions?.cost.complexity], [name, 1 + (complexity - 1) / 2]);
  }
});

test("of fragments that one row cannot match together only the most expensive counts, where the sum would refuse", async () => {
  const sum = 1 + 100 * (2 + TYPES.length * 6);
  assert.ok(sum > 10_000, "the sum is beyond the limit");
  for (const [query, complexity] of [
    [changes(TYPES.map((type) => `... on ${type} { ${SIX} }`).join(" ")), 1 + 100 * (2 + 6)],
    [`${changes(TYPES.map((type) => `...On${type}`).join(" "))} ${FRAGMENTS}`, 1 + 100 * (2 + 6)],
    // What every row matches is added to it.
    [
      changes(`category ... on BaseStateChange { reason } ${TYPES.map((type) => `... on ${type} { ${SIX} }`).join(" ")}`),
      1 + 100 * (2 + 8),
    ],
    // The same type twice is no alternative.
    [
      changes(
        `... on BalanceChange { ${SIX} } ... on BalanceChange { amount } ${TYPES.map((type) => `... on ${type} { ${SIX} }`).join(" ")}`,
      ),
      1 + 100 * (2 + 13),
    ],
  ] as const) {
    const { extensions, errors } = await api.ask(query);
    assert.ok(
      errors?.every((error) => error.extensions.code === "DATABASE_UNAVAILABLE"),
      "it was let through to the database that is not there",
    );
    assert.equal(extensions?.cost.complexity, complexity, query);
  }
  // As long as the specification's own sum fits, it is the price: clients see the reference implementation's number.
  const fits = await api.ask(
    account(`stateChanges(first: 50) { edges { node { ${TYPES.map((type) => `... on ${type} { ${SIX} }`).join(" ")} } } }`),
  );
  assert.equal(fits.extensions?.cost.complexity, 1 + (sum - 1) / 2);
});

test("the most expensive fragment alone can be too expensive", async () => {
  const { errors, extensions } = await api.ask(
    changes(`... on BalanceChange { account { balances(first: 100) { edges { cursor } } } } ... on ThresholdChange { threshold }`),
  );
  assert.equal(errors?.[0]?.message, "operation has complexity 20301, which exceeds the limit of 10000");
  assert.equal(errors[0].extensions.code, "COMPLEXITY_LIMIT_EXCEEDED");
  assert.equal(extensions?.cost.complexity, 20_301);
  assert.equal(api.lastRecord().statements ?? 0, 0);
});

test("a variable may be called as a member of every object is called, and is priced by what it is given", async () => {
  for (const name of [...Object.getOwnPropertyNames(Object.prototype).filter((member) => member !== "__proto__"), "n"]) {
    const query = `query ($${name}: Int) { accountByAddress(address: "GDFJPAISZIN33SX2YIY3HGRD3RG2PBXP7AKHYTTSXGAHPBNP5ZELXIPR") { transactions(first: $${name}) { edges { cursor } } } }`;
    const cost = async (variables?: Record<string, unknown>) => (await api.ask(query, variables)).extensions?.cost.complexity;
    assert.equal(await cost({ [name]: "undefined" }), 101, "no number: the usual page, until validation refuses it");
    assert.deepEqual([name, await cost(), await cost({ [name]: 100 }), await cost({ [name]: null })], [name, 101, 201, 101]);
  }
});

test("no value of a variable changes what another request is charged", async () => {
  const query = `query ($n: Int = 100) { accountByAddress(address: "GDFJPAISZIN33SX2YIY3HGRD3RG2PBXP7AKHYTTSXGAHPBNP5ZELXIPR") { transactions(first: $n) { edges { cursor } } } }`;
  const deep = JSON.parse(`${"[".repeat(2_000)}${"]".repeat(2_000)}`) as unknown;
  for (const n of ["undefined", "null", [], [7], { toString: 1 }, { valueOf: 1 }, true, "7", deep, "", 2 ** 60])
    await api.post(JSON.stringify({ query, variables: { n } }));
  for (const [variables, complexity] of [
    [{}, 201],
    [{ n: null }, 101],
    [{ n: 7 }, 15],
  ] as const)
    assert.equal((await api.ask(query, variables)).extensions?.cost.complexity, complexity);
});

test("a variable called __proto__ is refused: the executor would lose its value", async () => {
  const query = `query ($__proto__: Int) { accountByAddress(address: "GDFJPAISZIN33SX2YIY3HGRD3RG2PBXP7AKHYTTSXGAHPBNP5ZELXIPR") { transactions(first: $__proto__) { edges { cursor } } } }`;
  const declared = await api.post(JSON.stringify({ query }));
  assert.equal(declared.status, 422);
  assert.match(declared.body, /no variable may be called \$__proto__/);
  assert.equal((await api.post(`{"query":${JSON.stringify(query)},"variables":{"__proto__":1}}`)).status, 400);
});
