import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { MOST_INSPECTED } from "../../functions/serve/queries/inspected.ts";
import { accountOfColumn } from "../../functions/serve/values/addresses.ts";
import { assetContract } from "../../functions/serve/values/asset-contract.ts";
import { assetUuid, contractUuid } from "../../functions/shared/columns/uuid5.ts";
import { decodeStrkey, encodeStrkey, StrkeyVersion } from "../../functions/shared/strkey.ts";
import { insertAccounts } from "../fixtures/account-rows.ts";
import { walk } from "../fixtures/connection-pages.ts";
import { testDatabase } from "../fixtures/database.ts";
import { followPages } from "../fixtures/follow-pages.ts";
import { testApi } from "../fixtures/serve-handler.ts";
import { insertBalances, insertTokens } from "../fixtures/token-rows.ts";

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
const issuer = account(0xd4).text;
const contractOf = (asset: string): string => assetContract(PASSPHRASE, asset);
const bytesOf = (strkey: string): Buffer => Buffer.from(decodeStrkey(strkey)!);
const XLM = contractOf("native");

/** Deployed; not deployed; of which only a contract's balance was seen; that nobody has seen. */
const [USD, EUR, GBP, JPY] = ["USD", "EUR", "GBP", "JPY"].map((code) => ({
  code,
  id: `${code}:${issuer}`,
  contractId: contractOf(`${code}:${issuer}`),
})) as [Asset, Asset, Asset, Asset];
interface Asset {
  code: string;
  id: string;
  contractId: string;
}
const hash = (byte: number): string => Buffer.alloc(32, byte).toString("hex");
const [TOKEN, NFT, POOL, STUB, FLEET, FRESH, UNSEEN, LOST] = [1, 2, 3, 4, 5, 6, 7, 8].map((byte) => contract(byte).text) as [
  string,
  string,
  string,
  string,
  string,
  string,
  string,
  string,
];
for (const { code, contractId } of [USD, EUR, GBP])
  await sql`insert into trustline_assets (id, code, issuer, contract_id) values (${assetUuid(code, issuer)}, ${code}, ${issuer}, ${bytesOf(contractId)})`;
await insertTokens(sql, [
  { contract: USD.contractId, type: "SAC", code: "USD", issuer, name: USD.id, symbol: "USD", decimals: 7 },
  { contract: GBP.contractId, type: "UNKNOWN" },
  {
    contract: TOKEN,
    type: "SEP41",
    name: "Some Token",
    symbol: "STK",
    decimals: 18,
    from: "STORAGE",
    differ: true,
    supply: String(2n ** 127n - 1n),
  },
  { contract: NFT, type: "SEP50", name: "Pictures", symbol: "PIC", supply: "4" },
  { contract: POOL, type: "NONE", supply: "3" },
  { contract: STUB, type: "UNKNOWN" },
  { contract: FLEET, type: "SEP41", name: "Fleet", symbol: "FLT", decimals: 2, from: "EVENTS" },
]);
const FUNCTIONS = [
  { name: "balance", inputs: [{ name: "account", type: "Address" }], outputs: ["i128"] },
  {
    name: "transfer",
    inputs: ["from", "to", "amount"].map((name) => ({ name, type: name === "amount" ? "i128" : "Address" })),
    outputs: [],
  },
];
await sql`insert into protocol_wasms (wasm_hash, kind, functions) values
  (${Buffer.alloc(32, 1)}, 'SEP41', ${JSON.stringify(FUNCTIONS)}::text::jsonb), (${Buffer.alloc(32, 2)}, 'SEP50', '[]'), (${Buffer.alloc(32, 3)}, 'NONE', '[]'),
  (${Buffer.alloc(32, 4)}, null, null)`;
const runs = async (id: string, wasm: number | null, tag: number | null, since: number, created: number | null) =>
  sql`insert into protocol_contracts (contract_id, token_id, wasm_hash, tag_key, since_ledger, created_ledger)
    values (${bytesOf(id)}, ${contractUuid(id)}, ${wasm && Buffer.alloc(32, wasm)}, ${tag && Buffer.alloc(32, tag)}, ${since}, ${created})`;
await sql`insert into executable_tags values (${Buffer.alloc(32, 0x71)}, ${bytesOf(TOKEN)}, 'v1', ${Buffer.alloc(32, 1)}, 60), (${Buffer.alloc(32, 0x72)}, ${bytesOf(TOKEN)}, 'v2', null, 60)`;
await runs(TOKEN, 1, null, 30, 20);
await runs(NFT, 2, null, 31, null);
await runs(POOL, 3, null, 32, 32);
await runs(STUB, 4, null, 33, null);
await runs(FLEET, null, 0x71, 40, 40);
// Never met as a token, though its code is one's; and one whose tag has not been seen.
await runs(FRESH, 1, null, 50, 50);
await runs(LOST, null, 0x72, 50, 50);

const TOKEN_NODE = "type contractId code issuer name symbol decimals isSac isToken wasmHash source eventsDiffer supply";
const CONTRACT_NODE =
  "contractId kind isSac isToken wasmHash sinceLedger createdLedger functions { name inputs { name type } outputs } token { contractId type symbol }";

async function ask(query: string) {
  const { data, errors } = await api.ask(query);
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data;
}
const tokenOf = async (id: string) => (await ask(`{ token(id: "${id}") { ${TOKEN_NODE} } }`)).token;
const contractAt = async (id: string) => (await ask(`{ contract(id: "${id}") { ${CONTRACT_NODE} } }`)).contract;

const ASSET = { decimals: 7, isSac: true, isToken: true, wasmHash: null, source: "STORAGE", eventsDiffer: false, supply: null };
const NOTHING = { code: null, issuer: null, name: null, symbol: null, decimals: null, source: null, eventsDiffer: false, supply: null };
const assetOf = ({ code, id, contractId }: Asset, type: string) => ({ ...ASSET, type, contractId, code, issuer, name: id, symbol: code });

await sql`update contract_tokens set is_supply_stored = true where contract_id = ${TOKEN}`;

test("a token is found by its contract, as native, and as an asset, and says what it is", async () => {
  const xlm = { ...ASSET, type: "NATIVE", contractId: XLM, code: null, issuer: null, name: "native", symbol: "XLM" };
  assert.deepEqual([await tokenOf("native"), await tokenOf(XLM)], [xlm, xlm]);
  for (const [asset, type] of [
    [USD, "SAC"],
    [EUR, "CLASSIC"],
    // A contract holds it, so its contract is there.
    [GBP, "SAC"],
  ] as const)
    assert.deepEqual([await tokenOf(asset.id), await tokenOf(asset.contractId)], [assetOf(asset, type), assetOf(asset, type)]);
  assert.deepEqual(await tokenOf(TOKEN), {
    ...NOTHING,
    type: "SEP41",
    contractId: TOKEN,
    name: "Some Token",
    symbol: "STK",
    decimals: 18,
    isSac: false,
    isToken: true,
    wasmHash: hash(1),
    source: "STORAGE",
    eventsDiffer: true,
    supply: String(2n ** 127n - 1n),
  });
  // A sum of events that differ from the storage is not how much there is; what the instance says is.
  await sql`update contract_tokens set is_supply_stored = false where contract_id = ${TOKEN}`;
  assert.equal((await tokenOf(TOKEN)).supply, null);
  const fleet = { ...NOTHING, type: "SEP41", contractId: FLEET, name: "Fleet", symbol: "FLT", decimals: 2, isSac: false, isToken: true };
  assert.deepEqual(await tokenOf(FLEET), { ...fleet, wasmHash: hash(1), source: "EVENTS" });
  // Burns of more than was minted, or an instance that says so.
  await sql`update contract_tokens set supply = -1 where contract_id = ${FLEET}`;
  assert.equal((await tokenOf(FLEET)).supply, null);
  await sql`update contract_tokens set supply = 0 where contract_id = ${FLEET}`;
  assert.equal((await tokenOf(FLEET)).supply, "0");
  await sql`update contract_tokens set supply = null where contract_id = ${FLEET}`;
  const nft = {
    ...NOTHING,
    type: "SEP50",
    contractId: NFT,
    name: "Pictures",
    symbol: "PIC",
    isSac: false,
    isToken: false,
    wasmHash: hash(2),
  };
  assert.deepEqual(await tokenOf(NFT), nft);
});

test("what is no token, or known by little, says so, and nothing of it is made up", async () => {
  assert.deepEqual(await tokenOf(POOL), { ...NOTHING, type: "NONE", contractId: POOL, isSac: false, isToken: false, wasmHash: hash(3) });
  assert.deepEqual(await tokenOf(STUB), { ...NOTHING, type: "UNKNOWN", contractId: STUB, isSac: null, isToken: null, wasmHash: hash(4) });
  assert.deepEqual(await tokenOf(LOST), { ...NOTHING, type: "UNKNOWN", contractId: LOST, isSac: null, isToken: null, wasmHash: null });
  const fresh = { ...NOTHING, type: "SEP41", contractId: FRESH, isSac: false, isToken: true, wasmHash: hash(1), source: "PARTIAL" };
  assert.deepEqual(await tokenOf(FRESH), fresh);
  for (const id of [UNSEEN, JPY.id, JPY.contractId]) assert.equal(await tokenOf(id), null, id);
});

test("a contract tells what it is, what it runs and its functions", async () => {
  const functions = FUNCTIONS;
  const token = { contractId: TOKEN, type: "SEP41", symbol: "STK" };
  assert.deepEqual(await contractAt(TOKEN), {
    contractId: TOKEN,
    kind: "SEP41",
    isSac: false,
    isToken: true,
    wasmHash: hash(1),
    sinceLedger: 30,
    createdLedger: 20,
    functions,
    token,
  });
  // Through the tag, which has named this code since ledger 60.
  const fleet = await contractAt(FLEET);
  assert.deepEqual([fleet.wasmHash, fleet.sinceLedger, fleet.createdLedger, fleet.functions], [hash(1), 60, 40, functions]);
  const unknown = { kind: "UNKNOWN", isSac: null, isToken: null, functions: null, token: null };
  assert.deepEqual(await contractAt(STUB), { ...unknown, contractId: STUB, wasmHash: hash(4), sinceLedger: 33, createdLedger: null });
  assert.deepEqual(await contractAt(LOST), { ...unknown, contractId: LOST, wasmHash: null, sinceLedger: null, createdLedger: 50 });
  const pool = await contractAt(POOL);
  assert.deepEqual([pool.kind, pool.isSac, pool.isToken, pool.functions, pool.token], ["NONE", false, false, [], null]);
  assert.equal((await contractAt(NFT)).kind, "SEP50");
  assert.equal(await contractAt(UNSEEN), null);
});

test("the contract of an asset has the functions of its standard once it is there", async () => {
  const usd = await contractAt(USD.contractId);
  assert.deepEqual(
    [usd.kind, usd.isSac, usd.isToken, usd.wasmHash, usd.createdLedger, usd.token.symbol],
    ["SAC", true, true, null, null, "USD"],
  );
  const transfer = usd.functions.find(({ name }: { name: string }) => name === "transfer");
  assert.deepEqual(
    transfer.inputs.map(({ type }: { type: string }) => type),
    ["Address", "MuxedAddress", "i128"],
  );
  assert.deepEqual((await contractAt(XLM)).functions, usd.functions);
  const eur = await contractAt(EUR.contractId);
  assert.deepEqual([eur.kind, eur.isSac, eur.functions], ["CLASSIC", true, null]);
});

test("what names no token or contract is refused", async () => {
  for (const id of ["", "XLM", "USD", account(1).text, "ab".repeat(32), `${USD.id}x`, `${TOKEN.slice(0, -1)}A`]) {
    const { data, errors } = await api.ask("query ($id: String!) { token(id: $id) { type } }", { id });
    assert.deepEqual([data, errors!.map(({ extensions: { code } }) => code)], [{ token: null }, ["BAD_USER_INPUT"]], id);
  }
  for (const id of ["", "native", USD.id, account(1).text, `${TOKEN.slice(0, -1)}A`]) {
    const { data, errors } = await api.ask("query ($id: String!) { contract(id: $id) { kind } }", { id });
    assert.deepEqual([data, errors!.map(({ extensions: { code } }) => code)], [{ contract: null }, ["INVALID_ADDRESS"]], id);
  }
});

test("many tokens and contracts take a statement a shape", async () => {
  const ids = ["native", USD.id, EUR.id, GBP.contractId, TOKEN, NFT, POOL, STUB, FLEET, UNSEEN];
  const count = async (times: number): Promise<number> => {
    const fields = Array.from({ length: times }, (_, at) => ids[at % ids.length]!).map(
      (id, at) => `t${at}: token(id: "${id}") { type holders(first: 2) { edges { node { address } } } }
        ${id.startsWith("C") ? `c${at}: contract(id: "${id}") { kind functions { name } token { holders(first: 2) { edges { cursor } } } }` : ""}`,
    );
    await ask(`{ ${fields.join(" ")} }`);
    return api.lastRecord().statements!;
  };
  const [few, many] = [await count(10), await count(60)];
  assert.equal(many, few);
  // Facts, holders of three kinds, functions; the newest ledger besides.
  assert.ok(few <= 6, `${few} statements`);
});

test("long lists of functions are charged by what they send", async () => {
  const functions = Array.from({ length: 1_000 }, (_, at) => ({
    name: `f${at}`,
    inputs: Array.from({ length: 5 }, () => ({ name: "x", type: "Map<Address, Vec<i128>>" })),
    outputs: ["i128"],
  }));
  await sql`update protocol_wasms set functions = ${JSON.stringify(functions)}::text::jsonb where kind = 'NONE'`;
  const query = `{ contract(id: "${POOL}") { functions { name inputs { name type } outputs } } }`;
  await ask(query);
  const { fields, bytesSent } = api.lastRecord().taken!;
  // A list, functions with 2 fields and an object, 5 inputs of 3.
  assert.ok(fields > 1_000 * (5 + 15) * 0.95 && fields < 1_000 * (5 + 15) * 1.3, `${fields} fields`);
  assert.ok(bytesSent > JSON.stringify(functions).length, `${bytesSent} bytes`);
  const { errors } = await api.ask(
    `{ ${"abcdefgh".replaceAll(/./g, (alias) => `${alias}: contract(id: "${POOL}") { functions { name inputs { name type } } } `)} }`,
  );
  assert.deepEqual([...new Set(errors!.map(({ extensions: { code } }) => code))], ["QUERY_TOO_EXPENSIVE"]);
  await sql`update protocol_wasms set functions = '[]' where kind = 'NONE'`;
});

test("holders of an asset are contracts and accounts, by their bytes, with what they hold; those of XLM too", async () => {
  const [first, second, merged] = [account(1), account(2), account(3)];
  await insertAccounts(sql, [
    { id: first.bytes, balance: 10_000_000, ledger: 5 },
    { id: second.bytes, balance: 1, ledger: 6 },
    { id: merged.bytes, balance: 0, ledger: 7, removed: 7 },
  ]);
  await sql`insert into trustline_balances values (${first.bytes}, ${assetUuid("USD", issuer)}, 50, 1000, 1, 2, 5, 8), (${second.bytes}, ${assetUuid("USD", issuer)}, 0, 1000, 1, 2, 5, 9),
    (${second.bytes}, ${assetUuid("EUR", issuer)}, ${String(2n ** 63n - 1n)}, 1000, 1, 2, 5, 9)`;
  const holdings = [
    [contract(9), USD.contractId, "3.0000001", NEWEST - 1] as const,
    [contract(8), USD.contractId, "0.5", null] as const,
    [contract(9), XLM, "7", null] as const,
  ];
  for (const [holder, token, balance, until] of holdings)
    await sql`insert into sac_balances (account_id, contract_id, balance, is_authorized, is_clawback_enabled, last_modified_ledger, live_until_ledger)
      values (${holder.bytes}, ${contractUuid(token)}, ${balance}::text::numeric, true, false, 9, ${until})`;
  const holders = async (id: string) => {
    const { token } = await ask(
      `{ token(id: "${id}") { holders { edges { node { address balance source asOfLedger isArchived lastModifiedLedger } } } } }`,
    );
    return token.holders.edges.map(({ node }: { node: { source: string; asOfLedger: number } & Record<string, unknown> }) => {
      const { source, asOfLedger, ...rest } = node;
      assert.deepEqual([source, asOfLedger], ["STORAGE", NEWEST]);
      return Object.values(rest);
    });
  };
  const usd = [
    [contract(8).text, "0.5000000", false, 9],
    [contract(9).text, "3.0000001", true, 9],
    [first.text, "0.0000050", false, 8],
    [second.text, "0.0000000", false, 9],
  ];
  assert.deepEqual(await holders(USD.id), usd);
  assert.deepEqual(await holders(USD.contractId), usd);
  assert.deepEqual(await holders(EUR.id), [[second.text, "922337203685.4775807", false, 9]]);
  assert.deepEqual(await holders("native"), [
    [contract(9).text, "7.0000000", false, 9],
    [first.text, "1.0000000", false, 5],
    [second.text, "0.0000001", false, 6],
  ]);
  for (const id of [POOL, STUB, NFT]) {
    await insertBalances(sql, [{ holder: first.bytes, token: id, stored: "5", storedLedger: 5, summed: "5", summedLedger: 5 }]);
    assert.deepEqual(await holders(id), [], id);
  }
});

test("pages of holders are the whole list in pieces, both ways", async () => {
  await insertBalances(
    sql,
    Array.from({ length: 12 }, (_, at) => ({
      holder: (at % 2 === 0 ? account : contract)(0x80 + at).bytes,
      token: TOKEN,
      stored: String(at % 4),
      storedLedger: 9,
    })),
  );
  for (const [id, length] of [
    [TOKEN, 9],
    [USD.id, 4],
    ["native", 3],
  ] as const) {
    const query = { parent: `token(id: "${id}")`, field: "holders", node: "address balance" };
    const whole = await walk(api, query, 100);
    assert.equal(whole.length, length);
    for (const size of [1, 2, 4])
      for (const direction of ["forward", "backward"] as const) assert.deepEqual(await walk(api, query, size, direction), whole);
  }
  for (const text of [
    "v1:",
    `v1:${issuer}x`,
    `v2:${issuer}`,
    `v1:${encodeStrkey(Buffer.concat([Buffer.of(StrkeyVersion.liquidityPool), Buffer.alloc(32)]))}`,
  ]) {
    const { errors } = await api.ask(
      `{ token(id: "${TOKEN}") { holders(after: "${Buffer.from(text).toString("base64")}") { edges { cursor } } } }`,
    );
    assert.deepEqual(
      errors!.map(({ message }) => message),
      ["invalid holder cursor"],
      text,
    );
  }
});

test("a token with more holders of nothing than a statement looks at: pages end early and go on behind, none is lost", async () => {
  const ghost = contract(0x70).text;
  await insertTokens(sql, [{ contract: ghost, type: "SEP41", from: "STORAGE" }]);
  await sql`
    insert into sep41_balances (account_id, contract_id, stored, last_modified_ledger)
    select '\\x30' || sha256(i::text::bytea), ${contractUuid(ghost)}, 0, 1 from generate_series(1, ${MOST_INSPECTED + 100}::integer) i`;
  const [first, last] = [contract(0), accountOfColumn(`\\x30${"ff".repeat(32)}`)];
  await insertBalances(
    sql,
    [first, last].map(({ bytes }) => ({ holder: bytes, token: ghost, stored: "7", storedLedger: 9 })),
  );
  for (const direction of ["forward", "backward"] as const) {
    const { edges, pages } = await followPages(
      async (args) => {
        const text = Object.entries(args).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
        const { token } = await ask(
          `{ token(id: "${ghost}") { holders(${text.join(", ")}) { edges { node { address } } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } } }`,
        );
        return token.holders;
      },
      50,
      direction,
    );
    assert.deepEqual(
      edges.map((edge) => (edge as { node: { address: string } }).node.address),
      [first.text, last.text],
    );
    assert.equal(pages, 2);
  }
});

test("the examples of docs/api.md are answered", async () => {
  const [, chapter = ""] = readFileSync(new URL("../../docs/api.md", import.meta.url), "utf8").split("\n## Contract tokens\n");
  const examples = [...chapter.split("\n## ")[0]!.matchAll(/```graphql\n([\s\S]*?)```/g)].map(([, example]) => example!);
  assert.equal(examples.length, 5);
  for (const example of examples) {
    const { data, errors } = await api.ask(example, { address: account(1).text, id: TOKEN, search: "st" });
    assert.equal(errors, undefined, `${example} ${JSON.stringify(errors)}`);
    assert.ok(Object.values(data).every((value) => value !== null));
  }
});
