import assert from "node:assert/strict";
import { after, test } from "node:test";
import { testDatabase } from "../fixtures/database.ts";
import { testApi } from "../fixtures/serve-handler.ts";
import { sharedTest } from "../fixtures/shared.ts";

const database = await testDatabase("chain");
const sql = database.connect();
const api = testApi(database.url);
after(() => api.close());

const BALANCE = `__typename balance spendable decimals symbol name contractId sponsor isClawbackEnabled lastModifiedLedger tokenId tokenType
  ... on TrustlineBalance { code issuer limit isAuthorized }`;
const PAGE_INFO = "pageInfo { startCursor endCursor hasNextPage }";
const ACCOUNTS = (selection: string): string => `query ($addresses: [String!]!) { accounts(addresses: $addresses) { ${selection} } }`;
const ACCOUNT = (selection: string): string => `query ($address: String!) { accountByAddress(address: $address) { ${selection} } }`;

/** Addresses of the chain: the ones with most balances, contracts among them. */
async function addresses(count: number): Promise<string[]> {
  const hashes = await sql<{ hash: string }[]>`
    select encode(hash, 'hex') as hash from transactions order by length(payload) desc limit 60`;
  const found = new Set<string>();
  for (const { hash } of hashes) {
    const { data } = await api.ask(`{ transactionByHash(hash: "${hash}") { accounts { address } } }`);
    for (const { address } of data.transactionByHash.accounts) found.add(address);
  }
  const all = [...found];
  assert.ok(all.length >= count, `${all.length} addresses`);
  const contracts = all.filter((address) => address.startsWith("C")).slice(0, count / 4);
  return [...all.filter((address) => address.startsWith("G")).slice(0, count - contracts.length), ...contracts];
}

sharedTest("accounts of a list are those that each address gives alone, in the order of the list, as often as they are named", async () => {
  const asked = await addresses(20);
  asked.splice(3, 0, asked[7]!, asked[7]!);
  const selection = `address balances(first: 3) { edges { cursor node { ${BALANCE} } } ${PAGE_INFO} }
    transactions(last: 2) { edges { node { hash } operations { id } } } operations(first: 1) { edges { node { id } } }`;
  const { data, errors } = await api.ask(ACCOUNTS(selection), { addresses: asked });
  assert.equal(errors, undefined, JSON.stringify(errors));
  assert.deepEqual(
    data.accounts.map(({ address }: { address: string }) => address),
    asked,
  );
  for (const [at, address] of asked.entries()) {
    const alone = await api.ask(ACCOUNT(selection), { address });
    assert.deepEqual(data.accounts[at], alone.data.accountByAddress, address);
  }
});

sharedTest("a hundred accounts with their balances are within the default limits, in a statement for each kind of address", async () => {
  const hundred = await addresses(100);
  const kinds = new Set(hundred.map(([first]) => first)).size;
  for (const first of [10, 20]) {
    const { data, errors, extensions } = await api.ask(ACCOUNTS(`address balances(first: ${first}) { edges { node { ${BALANCE} } } }`), {
      addresses: hundred,
    });
    assert.equal(errors, undefined, JSON.stringify(errors));
    assert.equal(data.accounts.length, 100);
    assert.ok(extensions!.cost.charged <= 10_000, `${extensions!.cost.charged}`);
    assert.ok(data.accounts.some(({ balances }: { balances: { edges: unknown[] } }) => balances.edges.length > 1));
    // One more for the passphrase's row or the newest ledger.
    assert.ok(api.lastRecord().statements! <= kinds + 2, `${api.lastRecord().statements} statements`);
  }
});

sharedTest("a list of accounts takes as many statements as an account of each kind", async () => {
  const hundred = await addresses(100);
  const two = [hundred[0]!, hundred.at(-1)!];
  for (const selection of [
    "address",
    "balances(first: 2) { edges { cursor } }",
    "transactions(last: 1) { edges { node { hash } stateChanges { reason } } }",
    "operations(last: 1) { edges { node { id } } }",
    "stateChanges(last: 1) { edges { node { reason } } }",
    "sep41Allowances(first: 1) { edges { cursor } }",
    "allowancesReceived(first: 1) { edges { cursor } }",
  ]) {
    const count = async (list: string[]): Promise<number> => {
      const { errors } = await api.ask(ACCOUNTS(selection), { addresses: list });
      assert.equal(errors, undefined, `${selection} ${JSON.stringify(errors)}`);
      return api.lastRecord().statements!;
    };
    const [few, many] = [await count(two), await count(hundred)];
    // One more where the first links of some account promise too little.
    assert.ok(many <= few + 1, `${few} statements for 2 accounts, ${many} for 100: ${selection}`);
  }
});

test("an address of a list that cannot be used is named with its place, and more than 100 are refused", async () => {
  const address = "GB43KVROR7TFJ6KAPCYRF2FJROTZAH4FHLTJLPWX4DRZCC5NASLGITR6";
  const wrong = await api.ask(ACCOUNTS("address"), { addresses: [address, address, "GWRONG"] });
  assert.equal(wrong.data, null);
  assert.deepEqual(
    wrong.errors!.map(({ path, extensions }) => ({ path, ...extensions })),
    [{ path: ["accounts", "addresses", 2], code: "INVALID_ADDRESS", address: "GWRONG" }],
  );
  const many = await api.ask(ACCOUNTS("address"), { addresses: Array<string>(101).fill(address) });
  assert.deepEqual(
    many.errors!.map(({ message, path, extensions }) => [message, path, extensions.code]),
    [["addresses must have at most 100 members", ["accounts", "addresses"], "BAD_USER_INPUT"]],
  );
  assert.deepEqual((await api.ask(ACCOUNTS("address"), { addresses: [] })).data, { accounts: [] });
  assert.deepEqual((await api.ask(ACCOUNTS("address"), { addresses: address })).data, { accounts: [{ address }] });
});

test("ten accounts of a list are priced as one, wherever their number stands", async () => {
  const address = "GB43KVROR7TFJ6KAPCYRF2FJROTZAH4FHLTJLPWX4DRZCC5NASLGITR6";
  // balances(first: 10) { edges { cursor } } is 20.
  const selection = "balances(first: 10) { edges { cursor } }";
  for (const [length, complexity] of [
    [0, 21],
    [1, 21],
    [10, 21],
    [11, 41],
    [100, 201],
  ] as const) {
    const list = Array<string>(length).fill(address);
    const byVariable = await api.ask(ACCOUNTS(selection), { addresses: list });
    const byLiteral = await api.ask(`{ accounts(addresses: ${JSON.stringify(list)}) { ${selection} } }`);
    assert.deepEqual([length, byVariable.extensions!.cost.complexity], [length, complexity]);
    assert.deepEqual([length, byLiteral.extensions!.cost.complexity], [length, complexity]);
  }
});
