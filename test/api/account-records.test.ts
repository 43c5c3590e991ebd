import assert from "node:assert/strict";
import { after } from "node:test";
import { StrKey } from "@stellar/stellar-sdk";
import { createIndexer } from "../../functions/ingest/indexer/index-ledger.ts";
import { testDatabase } from "../fixtures/database.ts";
import { ingestChain } from "../fixtures/ingest-chain.ts";
import { memorySource } from "../fixtures/ingest-sandbox.ts";
import { accountEntry, created, dataEntry, MADE_NETWORK, madeAddress, madeLedgers, removed, updated } from "../fixtures/account-ledgers.ts";
import { testApi } from "../fixtures/serve-handler.ts";
import { hasShared, sharedTest } from "../fixtures/shared.ts";

const [owner, gone, payer, friend, stranger, issuer] = [1, 2, 3, 4, 5, 6].map(madeAddress) as [
  string,
  string,
  string,
  string,
  string,
  string,
];
const contract = StrKey.encodeContract(Buffer.alloc(32, 1));
const preAuth = StrKey.encodePreAuthTx(Buffer.alloc(32, 5));
const hashX = StrKey.encodeSha256Hash(Buffer.alloc(32, 6));
const signedPayload = StrKey.encodeSignedPayload(Buffer.concat([Buffer.alloc(32, 7), Buffer.from([0, 0, 0, 5, 1, 2, 3, 4, 5, 0, 0, 0])]));
const signers = [
  { key: friend, weight: 1, sponsor: payer },
  { key: preAuth, weight: 255 },
  { key: hashX, weight: 4_000_000_000 },
  { key: signedPayload, weight: 3 },
];
const entry = accountEntry({
  account: owner,
  balance: 100n,
  sequence: 9_007_199_254_740_993n,
  subentries: 7,
  sponsoring: 2,
  sponsored: 1,
  sequenceLedger: 2,
  sequenceTime: 1_700_000_005n,
  flags: 11,
  thresholds: [0, 1, 2, 255],
  homeDomain: Buffer.from([0x61, 0xff, 0x62]),
  inflationDestination: payer,
  sponsor: payer,
  signers,
});
/** Names in the order of their bytes. */
const NAMES = [Buffer.from([0x00, 0x01]), Buffer.from("a"), Buffer.from("b c"), Buffer.from("é"), Buffer.from([0xff])];
const VALUES = [Buffer.alloc(0), Buffer.from("text"), Buffer.from([0xff, 0x00]), Buffer.from("é"), Buffer.from([0])];
/** Accounts that one key signs for. */
const MANY = Array.from({ length: 7 }, (_, i) => madeAddress(100 + i));
const dying = accountEntry({
  account: gone,
  balance: 5n,
  sequence: 77n,
  subentries: 1,
  sponsor: payer,
  signers: [{ key: friend, weight: 1 }],
  homeDomain: "gone.example",
});

const database = await testDatabase();
const api = testApi(database.url, { networkPassphrase: MADE_NETWORK });
after(() => api.close());
if (hasShared)
  await ingestChain(database.url, {
    networkPassphrase: MADE_NETWORK,
    indexer: createIndexer(MADE_NETWORK),
    source: memorySource(
      madeLedgers([
        [
          ...created(accountEntry({ account: owner })),
          ...created(dying),
          ...created(accountEntry({ account: issuer, flags: 5, homeDomain: "issuer.example" })),
        ],
        [
          ...updated(accountEntry({ account: owner }), entry),
          ...NAMES.flatMap((name, i) => created(dataEntry(owner, name, VALUES[i]!, i === 1 ? payer : undefined))),
        ],
        [
          ...removed(dying),
          ...MANY.flatMap((account) => created(accountEntry({ account, signers: [{ key: hashX, weight: 1 }] }))),
          ...created(accountEntry({ account: friend })),
        ],
      ]),
    ),
  });

const RECORD = `exists record {
  sequence sequenceLedger sequenceTime subentries sponsoring sponsored sponsor flags thresholds { low medium high } masterWeight homeDomain
  inflationDestination signers { key type weight sponsor } lastModifiedLedger removedLedger
}`;

// oxlint-disable-next-line typescript/no-explicit-any
async function ask(query: string, variables: Record<string, unknown> = {}): Promise<any> {
  const { data, errors } = await api.ask(query, variables);
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data;
}

sharedTest("an account's record says what its entry says", async () => {
  const { accountByAddress } = await ask(`{ accountByAddress(address: "${owner}") { ${RECORD} } }`);
  assert.deepEqual(accountByAddress, {
    exists: true,
    record: {
      sequence: 9_007_199_254_740_993n,
      sequenceLedger: 2,
      sequenceTime: "2023-11-14T22:13:25Z",
      subentries: 7,
      sponsoring: 2,
      sponsored: 1,
      sponsor: payer,
      flags: ["AUTH_REQUIRED", "AUTH_REVOCABLE", "AUTH_CLAWBACK_ENABLED"],
      thresholds: { low: 1, medium: 2, high: 255 },
      masterWeight: 0,
      homeDomain: "a\ufffdb",
      inflationDestination: payer,
      signers: [
        { key: friend, type: "ED25519_PUBLIC_KEY", weight: 1, sponsor: payer },
        { key: preAuth, type: "PRE_AUTH_TX", weight: 255, sponsor: null },
        { key: hashX, type: "SHA256_HASH", weight: 4_000_000_000, sponsor: null },
        { key: signedPayload, type: "ED25519_SIGNED_PAYLOAD", weight: 3, sponsor: null },
      ],
      lastModifiedLedger: 2,
      removedLedger: null,
    },
  });
});

sharedTest("a merged account does not exist, and its record says when it went", async () => {
  const { accountByAddress } = await ask(`{ accountByAddress(address: "${gone}") { ${RECORD} balances { edges { node { balance } } } } }`);
  assert.equal(accountByAddress.exists, false);
  const { sequence, subentries, sponsor, homeDomain, signers: left, lastModifiedLedger, removedLedger } = accountByAddress.record;
  assert.deepEqual(
    [sequence, subentries, sponsor, homeDomain, left, lastModifiedLedger, removedLedger],
    [77, 0, null, "gone.example", [], 3, 3],
  );
  assert.deepEqual(accountByAddress.balances.edges, []);
});

sharedTest("what no ledger has touched, and a contract, has no record", async () => {
  const data = await ask(`{ a: accountByAddress(address: "${stranger}") { exists record { sequence } }
    b: accountByAddress(address: "${contract}") { exists record { sequence } } }`);
  assert.deepEqual(
    [data.a, data.b],
    [
      { exists: false, record: null },
      { exists: false, record: null },
    ],
  );
});

sharedTest("data entries are pages by the bytes of their names", async () => {
  const query = `query ($first: Int, $after: String, $last: Int, $before: String) { accountByAddress(address: "${owner}") { record {
    data(first: $first, after: $after, last: $last, before: $before) {
      edges { cursor node { name nameBase64 value valueText sponsor lastModifiedLedger } } pageInfo { hasNextPage hasPreviousPage endCursor startCursor } } } } }`;
  const expected = NAMES.map((name, i) => ({
    name: name.toString(),
    nameBase64: name.toString("base64"),
    value: VALUES[i]!.toString("base64"),
    valueText: i === 2 ? null : VALUES[i]!.toString(),
    sponsor: i === 1 ? payer : null,
    lastModifiedLedger: 2,
  }));
  const page = async (variables: Record<string, unknown>) => (await ask(query, variables)).accountByAddress.record.data;
  const nodes = ({ edges }: { edges: { node: unknown }[] }): unknown[] => edges.map(({ node }) => node);
  assert.deepEqual(nodes(await page({})), expected);
  const first = await page({ first: 2 });
  assert.deepEqual([nodes(first), first.pageInfo.hasNextPage], [expected.slice(0, 2), true]);
  const second = await page({ first: 10, after: first.pageInfo.endCursor });
  assert.deepEqual([nodes(second), second.pageInfo.hasNextPage], [expected.slice(2), false]);
  const last = await page({ last: 2 });
  assert.deepEqual([nodes(last), last.pageInfo.hasPreviousPage], [expected.slice(3), true]);
  assert.deepEqual(nodes(await page({ last: 3, before: last.pageInfo.startCursor })), expected.slice(0, 3));
  const { errors } = await api.ask(query, { after: Buffer.from("v1:zz").toString("base64") });
  assert.deepEqual([errors?.[0]?.message, errors?.[0]?.extensions.code], ["invalid data entry cursor", "BAD_USER_INPUT"]);
});

sharedTest("accounts are found by every kind of signer, and by their own key while it has a weight", async () => {
  const query = `query ($key: String!, $first: Int, $after: String, $last: Int, $before: String) {
    accountsBySigner(key: $key, first: $first, after: $after, last: $last, before: $before) {
      edges { cursor node { address exists } } pageInfo { hasNextPage hasPreviousPage endCursor startCursor } } }`;
  const page = async (variables: Record<string, unknown>) => (await ask(query, variables)).accountsBySigner;
  const addresses = async (variables: Record<string, unknown>): Promise<string[]> =>
    (await page(variables)).edges.map(({ node }: { node: { address: string } }) => node.address);
  assert.deepEqual(await addresses({ key: preAuth }), [owner]);
  assert.deepEqual(await addresses({ key: signedPayload }), [owner]);
  assert.deepEqual(await addresses({ key: hashX }), [owner, ...MANY]);
  // Its own account, and not the one that was merged.
  assert.deepEqual(await addresses({ key: friend }), [owner, friend]);
  assert.deepEqual(await addresses({ key: owner }), [], "the weight of its own key is 0");
  assert.deepEqual(await addresses({ key: issuer }), [issuer]);
  assert.deepEqual(await addresses({ key: payer }), [], "who sponsors a signer is none");
  assert.deepEqual(await addresses({ key: gone }), []);
  const first = await page({ key: hashX, first: 3 });
  assert.deepEqual([first.edges.length, first.pageInfo.hasNextPage], [3, true]);
  assert.deepEqual(await addresses({ key: hashX, first: 100, after: first.pageInfo.endCursor }), MANY.slice(2));
  assert.deepEqual(await addresses({ key: hashX, last: 2 }), MANY.slice(5));
  assert.deepEqual(await addresses({ key: friend, last: 1 }), [friend]);
  // A row by signer that is left over counts for nothing.
  const sql = database.connect();
  const left = StrKey.decodeEd25519PublicKey(stranger);
  await sql`insert into account_signers values (${Buffer.concat([Buffer.of(0x30), left])}, ${Buffer.concat([Buffer.of(0x30), StrKey.decodeEd25519PublicKey(owner)])})`;
  assert.deepEqual(await addresses({ key: stranger }), []);
  for (const key of ["", "G", contract, `${friend.slice(0, -1)}A`, signedPayload.slice(0, -8)]) {
    const { errors } = await api.ask(query, { key });
    assert.deepEqual([errors?.[0]?.extensions.code, errors?.[0]?.extensions.key], ["INVALID_SIGNER_KEY", key]);
  }
  const { errors } = await api.ask(query, { key: friend, after: Buffer.from(`v1:${contract}`).toString("base64") });
  assert.equal(errors?.[0]?.message, "invalid account cursor");
});

sharedTest("an asset says what its issuer demands and how many trust it", async () => {
  const query = `query ($code: String!, $issuer: String!) { asset(code: $code, issuer: $issuer) {
    code issuer contractId flags homeDomain holders { count isCapped } } }`;
  const sql = database.connect();
  const { assetUuid } = await import("../../functions/shared/columns/uuid5.ts");
  const hold = async (code: string, by: string, holders: number): Promise<void> => {
    const id = assetUuid(code, by);
    await sql`insert into trustline_assets (id, code, issuer) values (${id}, ${code}, ${by})`;
    await sql`insert into trustline_balances select decode('30' || lpad(to_hex(n), 64, '0'), 'hex'), ${id}::uuid, 0, 1, 0, 0, 1, 1 from generate_series(1, ${holders}::integer) n`;
  };
  await hold("USD", issuer, 3);
  await hold("MANY", issuer, 10_001);
  await hold("OLD", gone, 2);
  await hold("FAR", stranger, 10_000);
  const { asset } = await ask(query, { code: "USD", issuer });
  const { contractId, ...rest } = asset;
  assert.match(contractId, /^C[A-Z2-7]{55}$/);
  assert.deepEqual(rest, {
    code: "USD",
    issuer,
    flags: ["AUTH_REQUIRED", "AUTH_IMMUTABLE"],
    homeDomain: "issuer.example",
    holders: { count: 3, isCapped: false },
  });
  const facts = async (code: string, by: string) => {
    const { asset: found } = await ask(query, { code, issuer: by });
    return found && [found.flags, found.homeDomain, found.holders.count, found.holders.isCapped];
  };
  assert.deepEqual(await facts("MANY", issuer), [["AUTH_REQUIRED", "AUTH_IMMUTABLE"], "issuer.example", 10_000, true]);
  assert.deepEqual(await facts("OLD", gone), [null, null, 2, false]);
  assert.deepEqual(await facts("FAR", stranger), [null, null, 10_000, false]);
  assert.deepEqual(await facts("NONE", issuer), [["AUTH_REQUIRED", "AUTH_IMMUTABLE"], "issuer.example", 0, false]);
  assert.equal(await facts("NONE", stranger), null);
  const muxed = StrKey.encodeMed25519PublicKey(Buffer.concat([StrKey.decodeEd25519PublicKey(issuer), Buffer.alloc(8, 1)]));
  assert.deepEqual(await ask(query, { code: "USD", issuer: muxed }), { asset }, "a muxed address stands for its account");
  for (const [code, by, expected] of [
    ["", issuer, "BAD_USER_INPUT"],
    ["THIRTEENCHARS", issuer, "BAD_USER_INPUT"],
    ["U-D", issuer, "BAD_USER_INPUT"],
    ["USD", contract, "INVALID_ADDRESS"],
  ])
    assert.equal((await api.ask(query, { code, issuer: by })).errors?.[0]?.extensions.code, expected);
  const [refusal] = (await api.ask(query, { code: "USD", issuer: contract })).errors!;
  assert.deepEqual(refusal!.path, ["asset", "issuer"]);
  assert.equal(refusal!.message, "invalid address format: must be a valid Stellar account (G...) address", "a contract is not said to do");
});

sharedTest("records and data of many accounts are two statements, and are charged for", async () => {
  const query = `{ accountsBySigner(key: "${hashX}") { edges { node { exists record { sequence signers { key } data { edges { node { name } } } } } } } }`;
  const { data } = await api.ask(query);
  assert.equal(data.accountsBySigner.edges.length, 1 + MANY.length);
  const statements = api.lastRecord().statements!;
  const { data: one } = await api.ask(query.replace(hashX, preAuth));
  assert.equal(one.accountsBySigner.edges.length, 1);
  assert.equal(api.lastRecord().statements, statements, "as many as for one account");
});

/** Fields of a response: every value, and every object and list besides. */
function countFields(value: unknown): number {
  if (typeof value !== "object" || value === null) return 1;
  return Object.values(value).reduce<number>((sum, member) => sum + countFields(member), 1);
}

sharedTest("a record is charged with what it sends, its signers and data by their number", async () => {
  const query = `{ accountByAddress(address: "${owner}") { ${RECORD.replace("removedLedger", "removedLedger data { edges { cursor node { name nameBase64 value valueText sponsor lastModifiedLedger } } }")} } }`;
  const { body } = await api.post(JSON.stringify({ query }));
  const { taken } = api.lastRecord();
  const { data } = JSON.parse(body) as { data: unknown };
  const [fields, bytes] = [taken!.fields / countFields(data), taken!.bytesSent / Buffer.byteLength(JSON.stringify(body))];
  assert.ok(fields > 0.95 && fields < 1.05, `${taken!.fields} fields, ${countFields(data)} sent`);
  // Sponsors that are null are charged as addresses.
  assert.ok(bytes > 0.9 && bytes < 1.8, `${taken!.bytesSent} bytes for ${body.length}`);
  // The account and one place of its data's index.
  assert.equal(taken!.rows, 2);
});
