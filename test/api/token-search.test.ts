import assert from "node:assert/strict";
import { after, test } from "node:test";
import { endOfPrefix, MOST_NAMED } from "../../functions/serve/queries/token-search.ts";
import { accountOfColumn } from "../../functions/serve/values/addresses.ts";
import { assetContract } from "../../functions/serve/values/asset-contract.ts";
import { assetUuid } from "../../functions/shared/columns/uuid5.ts";
import { decodeStrkey, encodeStrkey, StrkeyVersion } from "../../functions/shared/strkey.ts";
import { testDatabase } from "../fixtures/database.ts";
import { followPages } from "../fixtures/follow-pages.ts";
import { testApi } from "../fixtures/serve-handler.ts";
import { insertTokens } from "../fixtures/token-rows.ts";

const PASSPHRASE = "Test SDF Network ; September 2015";
const database = await testDatabase();
const sql = database.connect();
await sql`insert into network (passphrase) values (${PASSPHRASE}) on conflict do nothing`;
await sql`insert into cursors (name, ledger, base_reserve) values ('latest', 9, 5000000) on conflict (name) do update set ledger = 9, base_reserve = 5000000`;
const api = testApi(database.url, { networkPassphrase: PASSPHRASE });
after(() => api.close());

const address = (version: number, byte: number): string =>
  accountOfColumn(`\\x${Buffer.of(version, ...Buffer.alloc(32, byte)).toString("hex")}`).text;
const [issuerA, issuerB] = [0xa1, 0xb2].map((byte) => address(StrkeyVersion.account, byte)) as [string, string];
const contract = (byte: number): string => address(StrkeyVersion.contract, byte);

/** Assets of trustlines, of which some are Stellar Asset Contracts too; and one that only contracts hold. */
const trusted: [string, string][] = [
  ["USDC", issuerA],
  ["USDC", issuerB],
  ["usdc", issuerA],
  ["USDT", issuerB],
  ["EUR", issuerA],
  ["XLMX", issuerA],
];
for (const [code, issuer] of trusted)
  await sql`insert into trustline_assets (id, code, issuer, contract_id)
    values (${assetUuid(code, issuer)}, ${code}, ${issuer}, ${Buffer.from(decodeStrkey(assetContract(PASSPHRASE, `${code}:${issuer}`))!)})`;
const deployed: [string, string][] = [
  ["USDC", issuerB],
  ["USDT", issuerB],
  ["USDX", issuerA],
];
await insertTokens(
  sql,
  deployed.map(([code, issuer]) => ({
    contract: assetContract(PASSPHRASE, `${code}:${issuer}`),
    type: "SAC",
    code,
    issuer,
    name: `${code}:${issuer}`,
    symbol: code,
    decimals: 7,
  })),
);
await insertTokens(sql, [
  { contract: contract(1), type: "SEP41", symbol: "USDC", name: "USD Coin" },
  { contract: contract(2), type: "SEP41", symbol: "YLD", name: "USD Yield" },
  { contract: contract(3), type: "SEP50", symbol: "PIC", name: "usd pictures" },
  { contract: contract(4), type: "NONE", symbol: "USDN", name: "USD None" },
  { contract: contract(5), type: "UNKNOWN", symbol: "USDU", name: "USD Unknown" },
  { contract: contract(6), type: "SEP41", symbol: "100%", name: 'a_b\\c"{},' },
  { contract: contract(7), type: "SEP41", symbol: "ÄPF", name: "Äpfel 🍏" },
  { contract: contract(8), type: "SEP41" },
  { contract: contract(9), type: "SEP41", symbol: "\u{10ffff}\u{10ffff}", name: "\ud7ffx" },
]);

const label = ({ code, issuer, contractId, type }: Record<string, string | null>): string =>
  type === "NATIVE"
    ? "native"
    : issuer === null
      ? `contract ${decodeStrkey(contractId!)![1]}`
      : `${code}:${issuer === issuerA ? "A" : "B"}`;

async function page(search: string, args = "first: 100") {
  const { data, errors } = await api.ask(
    `query ($search: String!) { tokens(search: $search, ${args}) { edges { cursor node { type code issuer contractId } } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } }`,
    { search },
  );
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data.tokens as { edges: { cursor: string; node: Record<string, string | null> }[]; pageInfo: never };
}
const found = async (search: string): Promise<string[]> => (await page(search)).edges.map(({ node }) => label(node));

test("tokens are found by symbol, code or name, each once, by what they were found by", async () => {
  // By `usd coin` contract 1 would be found again; NONE and UNKNOWN are no tokens.
  const usd = ["contract 3", "contract 2", "USDC:A", "usdc:A", "USDC:B", "contract 1", "USDT:B", "USDX:A"];
  const byKey = await found("usd");
  assert.deepEqual(byKey.toSorted(), usd.toSorted());
  // `usd pictures`, `usd yield`, `usdc` (contracts come before issuers), `usdt`, `usdx`.
  assert.deepEqual(byKey, ["contract 3", "contract 2", "contract 1", "USDC:A", "usdc:A", "USDC:B", "USDT:B", "USDX:A"]);
  assert.deepEqual(await found("USD"), byKey);
  assert.deepEqual(await found("  uSd "), byKey);
  assert.deepEqual(await found("usdx"), ["USDX:A"]);
  assert.deepEqual(await found("USD Y"), ["contract 2"]);
  assert.deepEqual(await found("usd c"), ["contract 1"]);
  assert.deepEqual(await found("sd"), []);
});

test("XLM is found as well, once, also where its contract has a row", async () => {
  const id = assetContract(PASSPHRASE, "native");
  await insertTokens(sql, [{ contract: id, type: "SAC", code: "XLM", issuer: "", name: "native", symbol: "XLM", decimals: 7 }]);
  assert.deepEqual(await found("xl"), ["native", "XLMX:A"]);
  assert.deepEqual(await found("nat"), ["native"]);
  assert.deepEqual(await found("xlmx"), ["XLMX:A"]);
});

test("an id finds its token alone, or nothing", async () => {
  assert.deepEqual(await found("native"), ["native"]);
  assert.deepEqual(await found(contract(1)), ["contract 1"]);
  assert.deepEqual(await found(contract(5)), ["contract 5"]);
  assert.deepEqual(await found(`USDC:${issuerB}`), ["USDC:B"]);
  assert.deepEqual(await found(assetContract(PASSPHRASE, `EUR:${issuerA}`)), ["EUR:A"]);
  assert.deepEqual(await found(contract(77)), []);
  const { edges } = await page(contract(1));
  assert.deepEqual((await page(contract(1), `first: 1, after: "${edges[0]!.cursor}"`)).edges, []);
  assert.deepEqual((await page(contract(1), `last: 1, before: "${edges[0]!.cursor}"`)).edges, []);
});

test("an asset is found also where its row does not name its contract", async () => {
  await sql`insert into trustline_assets (id, code, issuer) values (${assetUuid("QUIET", issuerA)}, 'QUIET', ${issuerA})`;
  assert.deepEqual(await found("quiet"), ["QUIET:A"]);
});

test("what a search says is text: no pattern, no SQL", async () => {
  for (const search of ["%", "_", "us%", "us_c", "\\", "'", "' or true --", '"', "{", "}", ",", "null", "🍏", "\ud800", "NULL"])
    assert.deepEqual(await found(search), [], search);
  assert.deepEqual(await found("100%"), ["contract 6"]);
  assert.deepEqual(await found('a_b\\c"{}'), ["contract 6"]);
  assert.deepEqual(await found("a_B\\"), ["contract 6"]);
  assert.deepEqual(await found("Äpfel 🍏"), ["contract 7"]);
  assert.deepEqual(await found("ÄP"), ["contract 7"]);
  assert.deepEqual(await found("äp"), [], "only the letters A to Z have a case");
  assert.deepEqual(await found("\u{10ffff}"), [], "what has no end is nothing's beginning");
  assert.deepEqual(await found("\ud7ff"), ["contract 9"]);
});

test("a search that cannot be one is refused", async () => {
  for (const search of ["", "   ", "a".repeat(101), "a\u0000b", "a\nb"]) {
    const { errors } = await api.ask("query ($search: String!) { tokens(search: $search) { edges { cursor } } }", { search });
    assert.deepEqual(
      errors!.map(({ extensions: { code } }) => code),
      ["BAD_USER_INPUT"],
      JSON.stringify(search),
    );
  }
  const cursor = (text: string): string => Buffer.from(text).toString("base64");
  const hex = (json: string): string => `v1:${Buffer.from(json).toString("hex")}`;
  for (const text of [
    "v1:",
    "v1:zz",
    "v2:5b5d",
    hex("[]"),
    hex('["a","b"]'),
    hex('["a","b",1]'),
    hex('["a\\u0000","",""]'),
    hex('["\\ud800","",""]'),
    hex("{"),
    hex('{"length":3}'),
  ]) {
    const { errors } = await api.ask('query ($after: String!) { tokens(search: "usd", after: $after) { edges { cursor } } }', {
      after: cursor(text),
    });
    assert.deepEqual(
      errors!.map(({ message }) => message),
      ["invalid token cursor"],
      text,
    );
  }
  // Of another search it is a place as any.
  const other = (await page("eur")).edges[0]!.cursor;
  assert.equal((await page("usd", `first: 10, after: "${other}"`)).edges.length, 8);
  assert.equal((await page("usd", `last: 10, before: "${other}"`)).edges.length, 0);
});

test("pages are the whole list in pieces, both ways", async () => {
  for (const search of ["u", "usd", "x", "1"]) {
    const read = async (args: { first?: number; after?: string; last?: number; before?: string }) =>
      page(
        search,
        Object.entries(args)
          .map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
          .join(", "),
      );
    const whole = await page(search);
    for (const size of [1, 2, 3, 8])
      for (const direction of ["forward", "backward"] as const)
        assert.deepEqual((await followPages(read, size, direction)).edges, whole.edges);
  }
});

test("what strangers call their tokens keeps nobody from finding one: pages end early and go on behind", async () => {
  // Their names begin as their symbols do, by which they are found; the one that is found by its name alone lies in the midst of them.
  const count = 2 * MOST_NAMED;
  const junk = Array.from({ length: count }, (_, at) => {
    const id = Buffer.concat([Buffer.of(StrkeyVersion.contract), Buffer.alloc(28), Buffer.alloc(4)]);
    id.writeUInt32BE(at, 29);
    return encodeStrkey(id);
  });
  await sql`
    insert into contract_tokens (id, contract_id, type, symbol, name)
    select md5(c)::uuid, c, 'SEP41', 'zy' || lpad(at::text, 5, '0'), 'zz' || lpad(at::text, 5, '0') from unnest(${`{${junk.join(",")}}`}::text[]) with ordinality j (c, at)`;
  await insertTokens(sql, [{ contract: contract(20), type: "SEP41", symbol: "Q", name: "zz01500x" }]);
  const read = (search: string) => (args: object) =>
    page(
      search,
      Object.entries(args)
        .map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
        .join(", "),
    );
  for (const direction of ["forward", "backward"] as const) {
    const { edges } = await followPages(read("z"), 100, direction);
    const ids = edges.map(({ node }) => node.contractId);
    assert.equal(ids.length, count + 1);
    assert.deepEqual(ids.slice(0, count), junk, "all by their symbols");
    assert.equal(ids.at(-1), contract(20));
    // By what their names alone begin with, all are found by their names.
    const named = await followPages(read("zz"), 100, direction);
    assert.deepEqual([named.edges.length, named.edges[1500]!.node.contractId], [count + 1, contract(20)]);
  }
});

test("many searches take a statement, and another for what they find", async () => {
  const ask = async (times: number): Promise<number> => {
    const fields = Array.from(
      { length: times },
      (_, at) => `s${at}: tokens(search: "${["usd", "eur", "xl", "100%", "u"][at % 5]}", first: 2) { edges { node { symbol } } }`,
    );
    const { errors } = await api.ask(`{ ${fields.join(" ")} }`);
    assert.equal(errors, undefined, JSON.stringify(errors));
    return api.lastRecord().statements!;
  };
  assert.equal(await ask(50), await ask(1));
});

test("a prefix ends where the next text that does not begin with it begins", () => {
  assert.equal(endOfPrefix("usd"), "use");
  assert.equal(endOfPrefix("\ud7ff"), "\ue000");
  assert.equal(endOfPrefix("a\u{10ffff}\u{10ffff}"), "b");
  const order = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
  for (const prefix of ["a", "z", "~", "é", "🍏", "a\u{10ffff}", "\ud7ff", "\uffff"]) {
    const end = endOfPrefix(prefix);
    for (const more of ["", "\u0001", "zzz", "\u{10ffff}\u{10ffff}"]) assert.ok(order(prefix + more, end) < 0, `${prefix}${more}`);
    assert.ok(end.isWellFormed() && order(prefix, end) < 0);
  }
});
