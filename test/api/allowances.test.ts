import assert from "node:assert/strict";
import { after, test } from "node:test";
import { MOST_INSPECTED } from "../../functions/serve/queries/inspected.ts";
import { accountOfColumn } from "../../functions/serve/values/addresses.ts";
import { assetContract } from "../../functions/serve/values/asset-contract.ts";
import { contractUuid } from "../../functions/shared/columns/uuid5.ts";
import { StrkeyVersion } from "../../functions/shared/strkey.ts";
import { walk } from "../fixtures/connection-pages.ts";
import { testDatabase } from "../fixtures/database.ts";
import { followPages } from "../fixtures/follow-pages.ts";
import { testApi } from "../fixtures/serve-handler.ts";
import { insertTokens } from "../fixtures/token-rows.ts";

const PASSPHRASE = "Test SDF Network ; September 2015";
const NEWEST = 100;
const database = await testDatabase();
const sql = database.connect();
await sql`insert into network (passphrase) values (${PASSPHRASE}) on conflict do nothing`;
await sql`insert into cursors (name, ledger, base_reserve) values ('latest', ${NEWEST}, 5000000)
  on conflict (name) do update set ledger = ${NEWEST}, base_reserve = 5000000`;
const api = testApi(database.url, { networkPassphrase: PASSPHRASE });
after(() => api.close());

const address = (version: number, byte: number) => accountOfColumn(`\\x${Buffer.of(version, ...Buffer.alloc(32, byte)).toString("hex")}`);
const account = (byte: number) => address(StrkeyVersion.account, byte);
const contract = (byte: number) => address(StrkeyVersion.contract, byte);
const issuer = account(0xee).text;
const USDC = assetContract(PASSPHRASE, `USDC:${issuer}`);
const XLM = assetContract(PASSPHRASE, "native");
const [SEP41, RAW, NONE, UNKNOWN, NFT] = [1, 2, 3, 4, 5].map((byte) => contract(byte).text) as [string, string, string, string, string];
await insertTokens(sql, [
  { contract: SEP41, type: "SEP41", name: "Token", symbol: "TKN", decimals: 18 },
  { contract: RAW, type: "SEP41" },
  { contract: NONE, type: "NONE", name: "Pool", symbol: "POOL", decimals: 3 },
  { contract: UNKNOWN, type: "UNKNOWN" },
  { contract: NFT, type: "SEP50" },
  { contract: USDC, type: "SAC", code: "USDC", issuer, name: `USDC:${issuer}`, symbol: "USDC", decimals: 7 },
]);

interface Made {
  owner: { bytes: Uint8Array };
  spender: { bytes: Uint8Array };
  token: string;
  amount?: string;
  until?: number;
  stored?: boolean;
}
async function insert(...rows: Made[]): Promise<void> {
  for (const { owner, spender, token, amount = "5", until = NEWEST, stored = false } of rows)
    await sql`insert into sep41_allowances values (${owner.bytes}, ${spender.bytes}, ${contractUuid(token)}, ${amount}::text::numeric, ${until}, 7, ${stored})`;
}

const NODE = "owner spender tokenId tokenType amount expirationLedger lastModifiedLedger source symbol name decimals";
const parentOf = ({ text }: { text: string }): string => `accountByAddress(address: "${text}")`;

async function list(of: { text: string }, field: "sep41Allowances" | "allowancesReceived") {
  const edges = await walk(api, { parent: parentOf(of), field, node: NODE }, 100);
  return edges.map(({ node }) => node as Record<string, unknown>);
}

test("an allowance has what a wallet shows of it, the same for its owner and its spender", async () => {
  const [owner, spender] = [account(0x11), contract(0x12)];
  await insert(
    { owner, spender, token: SEP41, amount: String(2n ** 127n - 1n), until: 4_294_967_295, stored: true },
    { owner, spender, token: RAW },
    { owner, spender, token: USDC },
    { owner, spender, token: XLM, stored: true },
  );
  const given = await list(owner, "sep41Allowances");
  const common = { owner: owner.text, spender: spender.text, lastModifiedLedger: 7 };
  const expected = [
    {
      ...common,
      tokenId: SEP41,
      tokenType: "SEP41",
      amount: String(2n ** 127n - 1n),
      expirationLedger: 4_294_967_295,
      source: "STORAGE",
      symbol: "TKN",
      name: "Token",
      decimals: 18,
    },
    {
      ...common,
      tokenId: RAW,
      tokenType: "SEP41",
      amount: "5",
      expirationLedger: NEWEST,
      source: "EVENTS",
      symbol: null,
      name: null,
      decimals: null,
    },
    {
      ...common,
      tokenId: USDC,
      tokenType: "SAC",
      amount: "5",
      expirationLedger: NEWEST,
      source: "EVENTS",
      symbol: "USDC",
      name: `USDC:${issuer}`,
      decimals: 7,
    },
    {
      ...common,
      tokenId: XLM,
      tokenType: "NATIVE",
      amount: "5",
      expirationLedger: NEWEST,
      source: "STORAGE",
      symbol: "XLM",
      name: "native",
      decimals: 7,
    },
  ];
  const byToken = (nodes: Record<string, unknown>[]) =>
    nodes.toSorted((a, b) => (contractUuid(String(a.tokenId)) < contractUuid(String(b.tokenId)) ? -1 : 1));
  assert.deepEqual(given, byToken(expected));
  assert.deepEqual(await list(spender, "allowancesReceived"), given);
  assert.deepEqual(await list(spender, "sep41Allowances"), []);
  assert.deepEqual(await list(owner, "allowancesReceived"), []);
});

test("what is over, spent, or of no token is in neither list", async () => {
  const [owner, spender] = [account(0x21), account(0x22)];
  await insert(
    { owner, spender, token: SEP41, until: NEWEST - 1 },
    { owner, spender, token: RAW, amount: "0" },
    ...[NONE, UNKNOWN, NFT, contract(9).text].map((token) => ({ owner, spender, token })),
  );
  assert.deepEqual(await list(owner, "sep41Allowances"), []);
  assert.deepEqual(await list(spender, "allowancesReceived"), []);
  await sql`update contract_tokens set type = 'SEP41' where contract_id = ${UNKNOWN}`;
  assert.deepEqual(
    (await list(spender, "allowancesReceived")).map(({ tokenId }) => tokenId),
    [UNKNOWN],
  );
  await sql`update contract_tokens set type = 'UNKNOWN' where contract_id = ${UNKNOWN}`;
});

test("pages of both lists are the whole list in pieces, both ways, by the other's bytes and the token", async () => {
  const hub = account(0x31);
  const others = Array.from({ length: 9 }, (_, at) => (at % 2 === 0 ? account(0x40 + at) : contract(0x40 + at)));
  for (const other of others)
    for (const token of [SEP41, USDC, NONE]) {
      await insert({ owner: hub, spender: other, token });
      await insert({ owner: other, spender: hub, token });
    }
  for (const [field, side] of [
    ["sep41Allowances", "spender"],
    ["allowancesReceived", "owner"],
  ] as const) {
    const query = { parent: parentOf(hub), field, node: "owner spender tokenId" };
    const whole = await walk(api, query, 100);
    const places = others
      .flatMap((other) =>
        [SEP41, USDC].map((token) => [Buffer.from(other.bytes).toString("hex"), contractUuid(token), other.text, token] as const),
      )
      .sort((a, b) => (a[0] + a[1] < b[0] + b[1] ? -1 : 1));
    assert.deepEqual(
      whole.map(({ node }) => [node[side], node.tokenId]),
      places.map(([, , text, token]) => [text, token]),
    );
    for (const size of [1, 2, 5, 18])
      for (const direction of ["forward", "backward"] as const) assert.deepEqual(await walk(api, query, size, direction), whole);
  }
});

test("a stranger who makes up thousands of approvals hides none: pages end early and go on behind", async () => {
  const [owner, spender] = [account(0x51), account(0x52)];
  const count = MOST_INSPECTED + 100;
  await sql`
    insert into sep41_allowances
    select ${owner.bytes}, '\\x30' || sha256(('s' || i)::bytea), ${contractUuid(NONE)}, 1, ${NEWEST}, 1, false from generate_series(1, ${count}::integer) i`;
  await sql`
    insert into sep41_allowances
    select '\\x30' || sha256(('o' || i)::bytea), ${spender.bytes}, ${contractUuid(NONE)}, 1, ${NEWEST}, 1, false from generate_series(1, ${count}::integer) i`;
  await insert({ owner, spender, token: SEP41 });
  for (const [of, field] of [
    [owner, "sep41Allowances"],
    [spender, "allowancesReceived"],
  ] as const)
    for (const direction of ["forward", "backward"] as const) {
      const { edges, pages } = await followPages(
        async ({ first, after: behind, last, before }) => {
          const args = [
            first && `first: ${first}`,
            behind && `after: "${behind}"`,
            last && `last: ${last}`,
            before && `before: "${before}"`,
          ];
          const { data, errors } = await api.ask(
            `{ ${parentOf(of)} { ${field}(${args.filter(Boolean).join(", ")}) { edges { node { tokenId } } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } } }`,
          );
          assert.equal(errors, undefined, JSON.stringify(errors));
          return data.accountByAddress[field];
        },
        50,
        direction,
      );
      assert.deepEqual([edges.length, pages], [1, 2]);
    }
});

test("many accounts' allowances take a statement a list", async () => {
  const many = Array.from({ length: 100 }, (_, at) => account(at).text);
  const ask = async (accounts: string[]) => {
    const { data, errors } = await api.ask(
      "query ($accounts: [String!]!) { accounts(addresses: $accounts) { sep41Allowances(first: 5) { edges { node { tokenId } } } allowancesReceived(first: 5) { edges { node { tokenId } } } } }",
      { accounts },
    );
    assert.equal(errors, undefined, JSON.stringify(errors));
    return { statements: api.lastRecord().statements!, accounts: data.accounts };
  };
  const [one, all] = [await ask(many.slice(0, 1)), await ask(many)];
  assert.equal(all.statements, one.statements);
  assert.ok(
    all.accounts.some(({ allowancesReceived }: { allowancesReceived: { edges: unknown[] } }) => allowancesReceived.edges.length === 5),
  );
});

test("a cursor that is none is refused, in the words of its list", async () => {
  const cursor = (text: string): string => Buffer.from(text).toString("base64");
  for (const [text, message] of [
    ["v1:x:y:z", "invalid allowance cursor"],
    [`v2:${issuer}:${contractUuid(SEP41)}`, "invalid allowance cursor version"],
    [`v1::${contractUuid(SEP41)}`, "invalid allowance cursor owner"],
    [`v1:${issuer}:zz`, "invalid allowance cursor contract id"],
  ] as const) {
    const { errors } = await api.ask(`{ ${parentOf(account(1))} { allowancesReceived(after: "${cursor(text)}") { edges { cursor } } } }`);
    assert.deepEqual(
      errors!.map(({ message: said, extensions: { code } }) => [said, code]),
      [[message, "BAD_USER_INPUT"]],
    );
  }
});
