import assert from "node:assert/strict";
import { after, test } from "node:test";
import { createIndexer } from "../../functions/ingest/indexer/index-ledger.ts";
import { openIngestSession } from "../../functions/ingest/invocation/bounded-session.ts";
import { takeLock } from "../../functions/ingest/invocation/lock.ts";
import { rewindToKnown } from "../../functions/ingest/maintenance/rewind.ts";
import { contractUuid } from "../../functions/shared/columns/uuid5.ts";
import { contract, created, restored, updated } from "../fixtures/call-ledger.ts";
import { removed, ttlKey } from "../fixtures/contract-chain.ts";
import { testDatabase } from "../fixtures/database.ts";
import { ingestSandbox, memorySource } from "../fixtures/ingest-sandbox.ts";
import { holder, minted, moved, nftChain, ownerEntry } from "../fixtures/nft-ledgers.ts";
import { UNKNOWN_PROTOCOL, upgradedAt } from "../fixtures/newer-ledgers.ts";
import { SANDBOX_PASSPHRASE } from "../fixtures/sandbox-ledgers.ts";
import { testApi } from "../fixtures/serve-handler.ts";
import { tableHashes } from "../fixtures/table-hashes.ts";

const [art, cards, fake, vault] = [contract("art"), contract("cards"), contract("fake"), contract("vault")];
const [alice, bob, carol] = [holder("alice"), holder("bob"), holder("carol")];

/** Tokens of a contract whose owners stand in its storage: left to itself until it is archived, sold, burnt. */
const [one, two, three] = [ownerEntry(art, 1n), ownerEntry(art, 2n), ownerEntry(art, 3n)];

const HUGE = 2n ** 256n - 1n;

type Step = Parameters<typeof nftChain>[1][number];
const STEPS: Step[] = [
  {
    changes: [
      ...[one, two, three].flatMap((token) => [...created(token.entry(alice)), ...created(token.ttl(token === one ? 6 : 90))]),
      ...created(ownerEntry(art, HUGE, { type: "u256" }).entry(alice)),
      // A contract that is none of NFTs.
      ...created(ownerEntry(fake, 1n).entry(alice)),
    ],
    events: [1n, 2n, 3n].map((id) => moved(art, "mint", [alice], id)),
  },
  {
    changes: updated(two.entry(alice), two.entry(bob)),
    events: [moved(art, "transfer", [alice, bob], 2n), moved(fake, "transfer", [alice, bob], 9n), minted(fake, alice, 100n, 10_099n)],
  },
  // Another contract, of whose storage nothing is known, mints 10,000 at once; one goes on within the ledger.
  { events: [minted(cards, alice, 0n, 9_999n), moved(cards, "transfer", [alice, bob], 7n, { type: "u64", form: "map" })] },
  {
    changes: [...removed(three.entry(alice), three.key), ...removed(three.ttl(90), ttlKey(three))],
    events: [moved(art, "burn", [alice], 3n)],
  },
  // Several movements of one in a ledger; one burnt within the range; one to a contract.
  {
    events: [
      moved(cards, "transfer", [alice, bob], 5n),
      moved(cards, "transfer", [bob, carol], 5n),
      moved(cards, "transfer", [carol, vault], 5n),
      moved(cards, "burn", [alice], 6n),
    ],
  },
  {},
  {},
  { evicted: [ttlKey(one), one.key] },
  { changes: [...restored(one.entry(alice)), ...restored(one.ttl(200))] },
  // Burnt and minted once more, to somebody else.
  { changes: [...created(three.entry(carol)), ...created(three.ttl(300))], events: [moved(art, "mint", [carol], 3n)] },
];

const LEDGERS = nftChain(1, STEPS);
const database = await testDatabase();
const api = testApi(database.url, { networkPassphrase: SANDBOX_PASSPHRASE });
const sql = database.connect();
after(() => api.close());

async function ingestTo(ledger: number): Promise<void> {
  const { summary, error } = await ingestSandbox(database.url, memorySource(LEDGERS.slice(0, ledger)));
  assert.equal(error, null);
  assert.equal(summary?.to, ledger);
  // What their code is.
  await sql`update contract_tokens set type = 'SEP50', name = 'Art', symbol = 'ART' where contract_id = ${art.address}`;
  await sql`update contract_tokens set type = 'SEP50' where contract_id = ${cards.address}`;
  await sql`update contract_tokens set type = 'NONE' where contract_id = ${fake.address}`;
}

interface Nft {
  contract: { contractId: string; name: string | null; symbol: string | null };
  tokenId: string;
  owner: string;
  uri: string | null;
  isArchived: boolean;
  liveUntilLedger: number | null;
  source: string;
  lastModifiedLedger: number;
}
interface NftPage {
  edges: { cursor: string; node: Nft }[];
  pageInfo: { startCursor: string | null; endCursor: string | null; hasNextPage: boolean; hasPreviousPage: boolean };
}

const NFT = "contract { contractId name symbol } tokenId owner uri isArchived liveUntilLedger source lastModifiedLedger";
const PAGE = `edges { cursor node { ${NFT} } } pageInfo { startCursor endCursor hasNextPage hasPreviousPage }`;

async function list(address: string, args = ""): Promise<NftPage> {
  const { data, errors } = await api.ask(`{ accountByAddress(address: "${address}") { nfts${args} { ${PAGE} } } }`);
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data.accountByAddress.nfts;
}

/** Tokens of a contract as `id source ledger`. */
function short({ edges }: NftPage, of: { address: string }): string[] {
  return edges
    .filter(({ node }) => node.contract.contractId === of.address)
    .map(({ node: { tokenId, source, lastModifiedLedger } }) => `${tokenId} ${source} ${lastModifiedLedger}`);
}

async function nft(of: { address: string }, tokenId: string): Promise<Nft | null> {
  const { data, errors } = await api.ask(`{ nft(contract: "${of.address}", tokenId: "${tokenId}") { ${NFT} } }`);
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data.nft;
}

test("tokens are whose the storage says, with the life of their entries, and only those of SEP-50 contracts", async () => {
  await ingestTo(2);
  assert.deepEqual(short(await list(alice.address), art), ["1 STORAGE 1", "3 STORAGE 1", `${HUGE} STORAGE 1`]);
  assert.deepEqual(short(await list(bob.address), art), ["2 STORAGE 2"]);
  assert.deepEqual((await list(bob.address)).edges[0]!.node, {
    contract: { contractId: art.address, name: "Art", symbol: "ART" },
    tokenId: "2",
    owner: bob.address,
    uri: null,
    isArchived: false,
    liveUntilLedger: 90,
    source: "STORAGE",
    lastModifiedLedger: 2,
  });
  for (const address of [alice.address, bob.address]) assert.deepEqual(short(await list(address), fake), []);
  assert.equal(await nft(fake, "9"), null);
  assert.equal(await nft(fake, "100"), null);
  const [{ kept }] =
    (await sql`select count(*)::integer as kept from nfts where contract_id = ${contractUuid(fake.address)}`) as unknown as [
      { kept: number },
    ];
  assert.equal(kept, 2, "they are kept: the verdict on the code may come later");
});

test("a range is one row and all of its tokens, but for those that went on", async () => {
  await ingestTo(3);
  const [{ rows }] =
    (await sql`select count(*)::integer as rows from nfts where contract_id = ${contractUuid(cards.address)}`) as unknown as [
      { rows: number },
    ];
  assert.equal(rows, 1);
  assert.deepEqual(short(await list(bob.address), cards), ["7 EVENTS 3"]);
  assert.deepEqual((await nft(cards, "9999"))!.owner, alice.address);
  assert.deepEqual((await nft(cards, "7"))!.owner, bob.address);
  assert.equal(await nft(cards, "10000"), null);
  const seen = await allOf(alice.address, "first");
  const own = seen.filter(({ contract: { contractId } }) => contractId === cards.address).map(({ tokenId }) => Number(tokenId));
  assert.deepEqual(
    own,
    Array.from({ length: 10_000 }, (_, i) => i).filter((id) => id !== 7),
  );
});

/** All of an account's tokens by pages of 100 in one direction, which must be the same list. */
async function allOf(address: string, direction: "first" | "last"): Promise<Nft[]> {
  const nodes: Nft[] = [];
  let cursor: string | null = null;
  for (;;) {
    const place: string = cursor === null ? "" : `, ${direction === "first" ? "after" : "before"}: "${cursor}"`;
    const { edges, pageInfo }: NftPage = await list(address, `(${direction}: 100${place})`);
    const page = edges.map(({ node }) => node);
    if (direction === "first") nodes.push(...page);
    else nodes.unshift(...page);
    if (!(direction === "first" ? pageInfo.hasNextPage : pageInfo.hasPreviousPage)) return nodes;
    cursor = direction === "first" ? pageInfo.endCursor : pageInfo.startCursor;
  }
}

test("pages from either end, across contracts and the two ways in which tokens are kept, are one list by contract and number", async () => {
  await ingestTo(5);
  const forward = await allOf(alice.address, "first");
  const backward = await allOf(alice.address, "last");
  const key = ({ contract: { contractId }, tokenId }: Nft): string => `${contractUuid(contractId)} ${tokenId.padStart(78, "0")}`;
  assert.deepEqual(forward.map(key), backward.map(key));
  assert.deepEqual(forward.map(key), forward.map(key).sort());
  // Of 10,000 cards three are sold and one is burnt; of art one is sold and one burnt.
  assert.equal(forward.length, 10_000 - 3 + 2);
  for (const id of ["5", "6", "7"]) assert.ok(!forward.some((node) => node.contract.contractId === cards.address && node.tokenId === id));
});

test("small pages have the same flags and cursors as those of other lists", async () => {
  const all = (await list(alice.address, "(first: 100)")).edges;
  const { edges, pageInfo } = await list(alice.address, `(first: 3, after: "${all[1]!.cursor}")`);
  assert.deepEqual(edges, all.slice(2, 5));
  assert.deepEqual(pageInfo, { startCursor: all[2]!.cursor, endCursor: all[4]!.cursor, hasNextPage: true, hasPreviousPage: true });
  assert.deepEqual((await list(alice.address, `(last: 2, before: "${all[5]!.cursor}")`)).edges, all.slice(3, 5));
  assert.deepEqual((await list(alice.address, `(last: 100, before: "${all[5]!.cursor}")`)).edges, all.slice(0, 5));
  // A cursor on a token that is gone is a place all the same.
  const place = (of: { address: string }, id: string): string => Buffer.from(`v1:${contractUuid(of.address)}:${id}`).toString("base64");
  assert.deepEqual(short(await list(alice.address, `(first: 2, after: "${place(cards, "5")}")`), cards), ["8 EVENTS 3", "9 EVENTS 3"]);
  assert.deepEqual(short(await list(alice.address, `(last: 2, before: "${place(cards, "8")}")`), cards), ["3 EVENTS 3", "4 EVENTS 3"]);
});

test("of several movements in a ledger the last counts, and a burnt token is nobody's", async () => {
  assert.equal((await nft(cards, "5"))!.owner, vault.address);
  assert.deepEqual(short(await list(vault.address), cards), ["5 EVENTS 5"]);
  assert.deepEqual(short(await list(carol.address), cards), []);
  assert.equal(await nft(cards, "6"), null);
  assert.equal(await nft(art, "3"), null);
});

test("an archived token stays its owner's and says so, until it is restored", async () => {
  const state = async (): Promise<unknown> => {
    const { owner, isArchived, liveUntilLedger } = (await nft(art, "1"))!;
    assert.deepEqual(
      (await list(alice.address, "(first: 100)")).edges.find(
        ({ node }) => node.contract.contractId === art.address && node.tokenId === "1",
      )!.node,
      await nft(art, "1"),
    );
    return { owner, isArchived, liveUntilLedger };
  };
  await ingestTo(6);
  assert.deepEqual(await state(), { owner: alice.address, isArchived: false, liveUntilLedger: 6 });
  await ingestTo(7);
  assert.deepEqual(await state(), { owner: alice.address, isArchived: true, liveUntilLedger: 6 });
  await ingestTo(8);
  assert.deepEqual(await state(), { owner: alice.address, isArchived: true, liveUntilLedger: 6 });
  await ingestTo(9);
  assert.deepEqual(await state(), { owner: alice.address, isArchived: false, liveUntilLedger: 200 });
});

test("what contracts say of their tokens' URIs is shown, asked for once, and asked again of a token that is minted once more", async () => {
  const due = async (): Promise<string[]> =>
    (await sql<{ contract: string; token_id: string }[]>`select * from nfts_without_uri(1000, 3)`).map(
      ({ contract: address, token_id }) => `${address === art.address ? "art" : "cards"} ${token_id}`,
    );
  const asked = await due();
  assert.equal(asked.length, 6, "three of each contract");
  assert.ok(asked.every((token) => !token.startsWith("cards 6") && !token.startsWith("art 3")));
  await sql`select set_nft_uris(${contractUuid(art.address)}, '{1,2,3}', array['ipfs://1', null, 'ipfs://3'], 9)`;
  assert.equal((await nft(art, "1"))!.uri, "ipfs://1");
  assert.equal((await nft(art, "2"))!.uri, null);
  assert.ok(!(await due()).some((token) => token === "art 2"), "it was asked, and said nothing");
  // Tokens of a range, four at a time.
  for (let at = 0; at < 12; at += 4) {
    const four = [at, at + 1, at + 2, at + 3];
    await sql`select set_nft_uris(${contractUuid(cards.address)}, ${`{${four.join(",")}}`}::numeric[],
      ${`{${four.map((id) => `https://cards/${id}`).join(",")}}`}::text[], 9)`;
  }
  const { edges } = await list(alice.address, "(first: 100)");
  const shown = edges
    .filter(({ node }) => node.contract.contractId === cards.address)
    .map(({ node }) => `${node.tokenId} ${node.uri} ${node.lastModifiedLedger}`);
  assert.deepEqual(shown.slice(0, 10), [...[0, 1, 2, 3, 4, 8, 9, 10, 11].map((id) => `${id} https://cards/${id} 3`), "12 null 3"]);
  const [range] = await sql`select next_id::text from nft_ranges where contract_id = ${contractUuid(cards.address)}`;
  assert.equal(range!.next_id, "12");
  assert.equal((await allOf(alice.address, "first")).length, 10_000 - 3 + 2);
  await ingestTo(10);
  const again = (await nft(art, "3"))!;
  assert.deepEqual([again.owner, again.uri, again.liveUntilLedger], [carol.address, null, 300]);
  assert.ok((await due()).includes("art 3"));
  assert.equal((await nft(art, "1"))!.uri, "ipfs://1", "kept by what did not burn");
});

test("what was kept of a contract is shown once its code is one of NFTs, and hidden when it is no more", async () => {
  const shown = async (): Promise<string[]> => short(await list(bob.address), fake);
  assert.deepEqual(await shown(), []);
  await sql`update contract_tokens set type = 'SEP50' where contract_id = ${fake.address}`;
  assert.deepEqual(await shown(), ["9 EVENTS 2"]);
  assert.equal((await nft(fake, "10099"))!.owner, alice.address);
  await sql`update contract_tokens set type = 'SEP41' where contract_id = ${fake.address}`;
  assert.deepEqual(await shown(), []);
  assert.equal(await nft(fake, "10099"), null);
});

test("many accounts, and many tokens under aliases, are read together", async () => {
  const addresses = [alice, bob, carol, vault].map(({ address }) => address);
  const { data, errors } = await api.ask(
    `query ($addresses: [String!]!) { accounts(addresses: $addresses) { address nfts(first: 3) { ${PAGE} } }
      ${Array.from({ length: 20 }, (_, i) => `n${i}: nft(contract: "${cards.address}", tokenId: "${i}") { tokenId owner }`).join(" ")} }`,
    { addresses },
  );
  assert.equal(errors, undefined, JSON.stringify(errors));
  for (const account of data.accounts as { address: string; nfts: NftPage }[])
    assert.deepEqual(account.nfts, await list(account.address, "(first: 3)"));
  assert.deepEqual(data.n6, null);
  assert.deepEqual(data.n8, { tokenId: "8", owner: alice.address });
});

test("what is no contract, number or cursor is refused", async () => {
  const refused = async (query: string): Promise<[string, string]> => {
    const { errors } = await api.ask(query);
    return [errors![0]!.extensions.code, errors![0]!.message];
  };
  assert.deepEqual(await refused(`{ nft(contract: "${alice.address}", tokenId: "1") { tokenId } }`), [
    "INVALID_ADDRESS",
    "invalid address format: must be a valid Stellar contract (C...) address",
  ]);
  for (const id of ["", "-1", "1.5", "0x1", "9".repeat(79), "one"])
    assert.deepEqual(await refused(`{ nft(contract: "${art.address}", tokenId: "${id}") { tokenId } }`), [
      "BAD_USER_INPUT",
      "invalid tokenId: must be a number of 256 bits at most, in decimal digits",
    ]);
  assert.equal((await nft(art, "001"))!.tokenId, "1");
  for (const cursor of [
    "v1:x:1",
    `v1:${contractUuid(art.address)}:-1`,
    `v1:${contractUuid(art.address)}`,
    `v2:${contractUuid(art.address)}:1`,
    `v1:${contractUuid(art.address)}:1:1`,
  ])
    assert.deepEqual(
      await refused(
        `{ accountByAddress(address: "${alice.address}") { nfts(after: "${Buffer.from(cursor).toString("base64")}") { edges { cursor } } } }`,
      ),
      ["BAD_USER_INPUT", "invalid NFT cursor"],
    );
});

test("ledgers that are written again leave what they left before", async () => {
  const again = await testDatabase();
  const connection = again.connect();
  const ledgers = upgradedAt(LEDGERS, 1);
  const ingested = async (indexer = createIndexer(SANDBOX_PASSPHRASE)): Promise<(string | undefined)[]> => {
    assert.equal((await ingestSandbox(again.url, memorySource(ledgers), { indexer })).summary?.to, ledgers.length);
    const { nfts, nft_ranges, contract_tokens, metadata_queue } = await tableHashes(connection);
    return [nfts, nft_ranges, contract_tokens, metadata_queue];
  };
  const before = await ingested();
  const session = openIngestSession(again.url, "test");
  const lock = (await takeLock(session, "sandbox", SANDBOX_PASSPHRASE))!;
  assert.deepEqual(await rewindToKnown(session, lock.fence, UNKNOWN_PROTOCOL), { first: 2, last: ledgers.length });
  await session.end();
  const indexer = createIndexer(SANDBOX_PASSPHRASE, UNKNOWN_PROTOCOL);
  // Half of them: what later ledgers have told stays.
  assert.equal((await ingestSandbox(again.url, memorySource(ledgers.slice(0, 5)), { indexer })).summary?.to, 5);
  const later =
    await connection`select token_id::text, last_modified_ledger as ledger, live_until_ledger as until from nfts where last_modified_ledger > 5 order by 1`;
  assert.deepEqual(
    [...later],
    [
      { token_id: "1", ledger: 9, until: 200 },
      { token_id: "3", ledger: 10, until: 300 },
    ],
  );
  assert.deepEqual(await ingested(indexer), before);
});
