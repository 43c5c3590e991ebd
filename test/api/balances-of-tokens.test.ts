import assert from "node:assert/strict";
import { after, test } from "node:test";
import { assetUuid, contractUuid } from "../../functions/shared/columns/uuid5.ts";
import { encodeStrkey, StrkeyVersion } from "../../functions/shared/strkey.ts";
import { accountOf, accountOfColumn } from "../../functions/serve/values/addresses.ts";
import { assetContract } from "../../functions/serve/values/asset-contract.ts";
import { insertAccounts } from "../fixtures/account-rows.ts";
import { testDatabase } from "../fixtures/database.ts";
import { testApi } from "../fixtures/serve-handler.ts";

const PASSPHRASE = "Test SDF Network ; September 2015";
const address = (version: number, byte: number): string => encodeStrkey(Buffer.concat([Buffer.of(version), Buffer.alloc(32, byte)]));
const holder = accountOfColumn(`\\x30${"a1".repeat(32)}`);
const stranger = accountOfColumn(`\\x30${"b2".repeat(32)}`);
const contractHolder = accountOfColumn(`\\x10${"c3".repeat(32)}`);
const issuer = address(StrkeyVersion.account, 0xd4);
const sponsor = accountOfColumn(`\\x30${"e5".repeat(32)}`);
const contractOf = (asset: string): string => assetContract(PASSPHRASE, asset);
/** Held; whose contract was never deployed; nobody's. */
const [USD, EUR, GBP] = ["USD", "EUR", "LONGCODE"].map((code) => ({ code, text: `${code}:${issuer}` }));
const tokens = {
  known: address(StrkeyVersion.contract, 1),
  raw: address(StrkeyVersion.contract, 2),
  unknown: address(StrkeyVersion.contract, 3),
};
const [held, empty, missing] = ["ab", "cd", "ef"].map((byte) => byte.repeat(32));

const database = await testDatabase();
const sql = database.connect();
await sql`insert into network (passphrase) values (${PASSPHRASE}) on conflict do nothing`;
await sql`insert into cursors (name, ledger, base_reserve) values ('latest', 99, 5000000)
  on conflict (name) do update set ledger = 99, base_reserve = 5000000`;
await insertAccounts(sql, [{ id: holder.bytes, balance: 100_000_000, subentries: 3, ledger: 7 }]);
await sql`update accounts set sponsor = ${Buffer.from(sponsor.bytes)}`;
for (const { code, text } of [USD!, EUR!])
  await sql`insert into trustline_assets (id, code, issuer, contract_id) values (${assetUuid(code, issuer)}, ${code}, ${issuer}, ${Buffer.from(accountOf(contractOf(text))!.bytes)})`;
await sql`insert into trustline_balances values (${Buffer.from(holder.bytes)}, ${assetUuid("USD", issuer)}, 50, 1000, 1, 2, 5, 8, ${Buffer.from(sponsor.bytes)})`;
await sql`insert into contract_tokens (id, contract_id, type, code, issuer, name, symbol, decimals) values
  (${contractUuid(contractOf(USD!.text))}, ${contractOf(USD!.text)}, 'SAC', 'USD', ${issuer}, ${USD!.text}, 'USD', 7),
  (${contractUuid(tokens.known)}, ${tokens.known}, 'SEP41', null, null, 'Known', 'KWN', 18),
  (${contractUuid(tokens.raw)}, ${tokens.raw}, 'SEP41', null, null, null, null, null)`;
await sql`insert into sac_balances values (${Buffer.from(contractHolder.bytes)}, ${contractUuid(contractOf(USD!.text))}, 3, true, false, 9)`;
await sql`insert into sep41_balances (account_id, contract_id, summed, last_modified_ledger) values (${Buffer.from(contractHolder.bytes)}, ${contractUuid(tokens.known)}, 77, 9)`;
await sql`insert into liquidity_pools values (${held!}, 'native', 501, ${USD!.text}, 502, 17), (${empty!}, 'native', 1, ${EUR!.text}, 2, 17)`;
await sql`insert into liquidity_pool_balances values (${Buffer.from(holder.bytes)}, ${held!}, 503, 18)`;

const api = testApi(database.url, { networkPassphrase: PASSPHRASE });
after(() => api.close());

const NODE = `__typename balance spendable tokenId decimals symbol name contractId sponsor isClawbackEnabled lastModifiedLedger exists
  ... on NativeBalance { minimumBalance numSubentries }
  ... on TrustlineBalance { code limit isAuthorized isAuthorizedToMaintainLiabilities }
  ... on SACBalance { code isAuthorized }
  ... on LiquidityPoolBalance { reserves { asset amount } }`;

interface Shown {
  cursor: string;
  node: Record<string, unknown>;
}

async function ask(account: string, asked: string[] | null, page = ""): Promise<Shown[]> {
  const { data, errors } = await api.ask(
    `query ($account: String!, $tokens: [String!]) { accountByAddress(address: $account) { balances(tokens: $tokens ${page}) { edges { cursor node { ${NODE} } } } } }`,
    { account, tokens: asked },
  );
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data.accountByAddress.balances.edges;
}

const brief = (edges: Shown[]): unknown[] =>
  edges.map(({ node }) => [node.__typename, node.symbol ?? node.tokenId, node.balance, node.exists]);

test("only the tokens that are asked for are shown, in the order of all balances, each once", async () => {
  const all = await ask(holder.text, null);
  assert.deepEqual(brief(all), [
    ["NativeBalance", "XLM", "10.0000000", true],
    ["TrustlineBalance", "USD", "0.0000050", true],
    ["LiquidityPoolBalance", held, "0.0000503", true],
  ]);
  assert.deepEqual(await ask(holder.text, [held!, USD!.text, "native", contractOf("native"), contractOf(USD!.text)]), all);
  assert.deepEqual(await ask(holder.text, [contractOf(USD!.text)]), [all[1]]);
  assert.deepEqual(await ask(holder.text, [address(StrkeyVersion.liquidityPool, 0xab)]), [all[2]]);
  assert.deepEqual(await ask(holder.text, [held!.toUpperCase()]), [all[2]]);
});

test("balances have what a wallet shows of them", async () => {
  const [native, trustline] = (await ask(holder.text, null)).map(({ node }) => node);
  // 10 less (2 + 3) × 0.5.
  assert.deepEqual([native!.spendable, native!.minimumBalance, native!.sponsor], ["7.5000000", "2.5000000", sponsor.text]);
  assert.deepEqual(
    [trustline!.spendable, trustline!.contractId, trustline!.name, trustline!.sponsor, trustline!.isClawbackEnabled],
    ["0.0000048", contractOf(USD!.text), USD!.text, sponsor.text, true],
  );
  const [sac, token] = (await ask(contractHolder.text, null)).map(({ node }) => node);
  assert.deepEqual([sac!.spendable, sac!.contractId, sac!.lastModifiedLedger, sac!.sponsor], ["3.0000000", sac!.tokenId, 9, null]);
  assert.deepEqual([token!.spendable, token!.decimals, token!.symbol, token!.name], ["77", 18, "KWN", "Known"]);
});

test("a token that an account does not hold has a balance of 0, of the type that it would have", async () => {
  const zeros = await ask(stranger.text, ["native", USD!.text, contractOf(EUR!.text), GBP!.text, tokens.known, empty!]);
  assert.deepEqual(
    new Set(brief(zeros).map((row) => JSON.stringify(row))),
    new Set(
      [
        ["NativeBalance", "XLM", "0.0000000", false],
        ["TrustlineBalance", "USD", "0.0000000", false],
        ["TrustlineBalance", "EUR", "0.0000000", false],
        ["TrustlineBalance", "LONGCODE", "0.0000000", false],
        ["SEP41Balance", "KWN", "0", false],
        ["LiquidityPoolBalance", empty, "0.0000000", false],
      ].map((row) => JSON.stringify(row)),
    ),
  );
  assert.deepEqual(
    zeros.map(({ node }) => node.__typename),
    ["NativeBalance", ...Array(3).fill("TrustlineBalance"), "SEP41Balance", "LiquidityPoolBalance"],
  );
  for (const { node } of zeros)
    assert.deepEqual([Number(node.spendable), node.lastModifiedLedger, node.sponsor, node.isClawbackEnabled], [0, 0, null, false]);
  const [native] = zeros;
  assert.deepEqual([native!.node.minimumBalance, native!.node.numSubentries], ["0.0000000", 0]);
  const usd = zeros.find(({ node }) => node.symbol === "USD")!.node;
  assert.deepEqual(
    [usd.limit, usd.isAuthorized, usd.isAuthorizedToMaintainLiabilities, usd.contractId],
    ["0.0000000", false, false, contractOf(USD!.text)],
  );
  assert.deepEqual(zeros.at(-1)!.node.reserves, [
    { asset: "native", amount: "0.0000001" },
    { asset: EUR!.text, amount: "0.0000002" },
  ]);
});

test("a contract has assets in their contracts, and no pool shares", async () => {
  const zeros = await ask(contractHolder.text, ["native", USD!.text, GBP!.text, contractOf(EUR!.text), tokens.known, held!]);
  assert.deepEqual(
    new Set(brief(zeros).map((row) => JSON.stringify(row))),
    new Set(
      [
        ["NativeBalance", "XLM", "0.0000000", false],
        ["SACBalance", "USD", "3.0000000", true],
        ["SACBalance", "EUR", "0.0000000", false],
        ["SACBalance", "LONGCODE", "0.0000000", false],
        ["SEP41Balance", "KWN", "77", true],
      ].map((row) => JSON.stringify(row)),
    ),
  );
  assert.deepEqual(await ask(contractHolder.text, [held!]), []);
});

test("what a contract has of an asset is shown where the asset is asked for, also before its contract has been seen", async () => {
  const id = contractUuid(contractOf(EUR!.text));
  await sql`insert into contract_tokens (id, contract_id, type) values (${id}, ${contractOf(EUR!.text)}, 'UNKNOWN')`;
  await sql`insert into sac_balances values (${Buffer.from(contractHolder.bytes)}, ${id}, 4, true, false, 9)`;
  for (const token of [EUR!.text, contractOf(EUR!.text)])
    assert.deepEqual(brief(await ask(contractHolder.text, [token])), [["SACBalance", "EUR", "4.0000000", true]]);
  assert.ok(!brief(await ask(contractHolder.text, null)).some((node) => (node as unknown[])[1] === "EUR"));
  await sql`delete from sac_balances where contract_id = ${id}`;
  await sql`delete from contract_tokens where id = ${id}`;
});

test("a token that nothing is known of, or whose decimals are not known, has no balance of 0", async () => {
  assert.deepEqual(await ask(stranger.text, [tokens.unknown, tokens.raw, missing!]), []);
  assert.deepEqual(brief(await ask(stranger.text, [tokens.unknown, "native"])), [["NativeBalance", "XLM", "0.0000000", false]]);
  // Held, it is shown as it always was.
  await sql`insert into sep41_balances (account_id, contract_id, summed, last_modified_ledger) values (${Buffer.from(holder.bytes)}, ${contractUuid(tokens.raw)}, 5, 9)`;
  assert.deepEqual(brief(await ask(holder.text, [tokens.raw])), [["SEP41Balance", tokens.raw, "5", true]]);
  await sql`delete from sep41_balances where account_id = ${Buffer.from(holder.bytes)}`;
});

test("pages of balances of tokens are the whole list in pieces, both ways", async () => {
  const asked = ["native", USD!.text, EUR!.text, GBP!.text, tokens.known, held!, empty!, tokens.unknown];
  const whole = await ask(holder.text, asked);
  assert.equal(whole.length, 7);
  for (const size of [1, 2, 3, 7, 100]) {
    const forward: Shown[] = [];
    for (let page = await ask(holder.text, asked, `first: ${size}`); page.length > 0;) {
      forward.push(...page);
      page = await ask(holder.text, asked, `first: ${size}, after: "${page.at(-1)!.cursor}"`);
    }
    assert.deepEqual(forward, whole);
    const backward: Shown[] = [];
    for (let page = await ask(holder.text, asked, `last: ${size}`); page.length > 0;) {
      backward.unshift(...page);
      page = await ask(holder.text, asked, `last: ${size}, before: "${page[0]!.cursor}"`);
    }
    assert.deepEqual(backward, whole);
  }
});

test("many accounts and tokens take a statement a shape", async () => {
  const count = async (accounts: string[], asked: string[]): Promise<number> => {
    const { data, errors } = await api.ask(
      "query ($accounts: [String!]!, $tokens: [String!]) { accounts(addresses: $accounts) { address balances(tokens: $tokens) { edges { node { tokenId exists } } } } }",
      { accounts, tokens: asked },
    );
    assert.equal(errors, undefined, JSON.stringify(errors));
    for (const { address: text, balances } of data.accounts) {
      const alone = await ask(text, asked);
      assert.deepEqual(
        balances.edges.map(({ node }: Shown) => node),
        alone.map(({ node: { tokenId, exists } }) => ({ tokenId, exists })),
      );
    }
    await api.ask(
      "query ($accounts: [String!]!, $tokens: [String!]) { accounts(addresses: $accounts) { balances(tokens: $tokens) { edges { node { tokenId } } } } }",
      { accounts, tokens: asked },
    );
    return api.lastRecord().statements!;
  };
  const asked = ["native", USD!.text, contractOf(EUR!.text), tokens.known, tokens.unknown, held!, empty!];
  const [one, many] = [
    await count([holder.text, contractHolder.text], asked),
    await count([holder.text, contractHolder.text, stranger.text, sponsor.text, holder.text, issuer], asked),
  ];
  assert.equal(many, one);
  // Contracts, pools, and balances of each kind of address; the newest ledger besides.
  assert.ok(one <= 5, `${one} statements`);
});

test("what is no token is refused with its place, and so are too many and none", async () => {
  const failed = async (asked: string[]): Promise<unknown> => {
    const { errors } = await api.ask(
      "query ($account: String!, $tokens: [String!]) { accountByAddress(address: $account) { balances(tokens: $tokens) { edges { cursor } } } }",
      { account: holder.text, tokens: asked },
    );
    return errors!.map(({ path, extensions: { code } }) => [path!.slice(1), code]);
  };
  for (const wrong of [
    "",
    "XLM",
    "USD",
    `USD:${tokens.known}`,
    `TOOLONGFORACODE:${issuer}`,
    holder.text,
    "ab",
    `${USD!.text}x`,
    `${tokens.known.slice(0, -1)}A`,
  ])
    assert.deepEqual(await failed(["native", wrong]), [[["balances", "tokens", 1], "BAD_USER_INPUT"]], wrong);
  assert.deepEqual(await failed([]), [[["balances", "tokens"], "BAD_USER_INPUT"]]);
  assert.deepEqual(await failed(Array<string>(101).fill("native")), [[["balances", "tokens"], "BAD_USER_INPUT"]]);
});
