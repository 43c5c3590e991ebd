import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { StrKey } from "@stellar/stellar-sdk";
import * as xdr from "@stellar/stellar-sdk/xdr";
import { createIndexer } from "../../functions/ingest/indexer/index-ledger.ts";
import { testDatabase } from "../fixtures/database.ts";
import { ingestChain } from "../fixtures/ingest-chain.ts";
import { memorySource } from "../fixtures/ingest-sandbox.ts";
import { decodeV2 } from "../fixtures/ledger-entries.ts";
import { openedLedger } from "../fixtures/open-ledger.ts";
import { testApi } from "../fixtures/serve-handler.ts";
import { readShared, sharedTest } from "../fixtures/shared.ts";

const REPORTS = "Bug Reports ; 2026";
const CLOSED = 1_790_000_000;

const key = (byte: number): Buffer => Buffer.alloc(32, byte);
const column = (byte: number): Buffer => Buffer.concat([Buffer.of(0x30), key(byte)]);
const strkey = (byte: number): string => StrKey.encodeEd25519PublicKey(key(byte));
const [HOLDER, ISSUER, SPONSOR, CROWD, OTHER] = [1, 2, 3, 4, 5];
const USD = "11111111-1111-5111-8111-111111111111";
const EUR = "22222222-2222-5222-8222-222222222222";

const { claimPredicateUnconditional: unconditional, claimPredicateNot: not, claimPredicateAnd: and } = xdr.ClaimPredicate;
const at = (seconds: number): xdr.ClaimPredicate => xdr.ClaimPredicate.claimPredicateBeforeAbsoluteTime(BigInt(CLOSED + seconds));

const database = await testDatabase();
const sql = database.connect();
const api = testApi(database.url, { networkPassphrase: REPORTS });
after(() => api.close());

interface Made {
  ledger: number;
  /** Fills the id. */
  id: number;
  claimants: [byte: number, xdr.ClaimPredicate][];
  asset?: string | null;
  amount?: bigint;
  operations?: number | null;
}

/** The id of a made balance: 34 bytes, as an address has it. */
function idOf({ ledger, id }: Pick<Made, "ledger" | "id">): Buffer {
  const bytes = Buffer.alloc(34, id);
  bytes.writeUInt16BE(0x0800, 0);
  bytes.writeUInt32BE(ledger, 2);
  return bytes;
}

async function insert({ ledger, id, claimants, asset = null, amount = 10_000_000n, operations = 1 }: Made): Promise<void> {
  const all = claimants.map(([byte, predicate]) => {
    const destination = xdr.AccountId.fromXdr(Buffer.concat([Buffer.alloc(4), key(byte)]));
    return xdr.Claimant.claimantTypeV0(new xdr.ClaimantV0({ destination, predicate })).toXdr();
  });
  const balance = idOf({ ledger, id });
  const toid = operations === null ? null : String((BigInt(ledger) << 32n) | 4097n);
  await sql`insert into claimable_balances (balance_id, asset_id, amount, made_by, made_at, made_with, since_ledger, last_modified_ledger, is_clawback_enabled, sponsor, claimants)
    values (${balance}, ${asset}, ${String(amount)}, ${toid}, ${operations === null ? null : new Date(CLOSED * 1000 - 5000).toISOString()}, ${operations}, ${ledger}, ${ledger}, ${asset !== null},
      ${column(SPONSOR)}, ${Buffer.concat([Buffer.of(0, 0, 0, claimants.length), ...all])})`;
  for (const [byte] of claimants) await sql`insert into claimable_balance_claimants values (${ledger}, ${column(byte)}, ${balance})`;
}

before(async () => {
  await sql`insert into network (passphrase) values (${REPORTS})`;
  await sql`update cursors set ledger = 900, closed_at = to_timestamp(${CLOSED}) where name = 'latest'`;
  await sql`insert into trustline_assets (id, code, issuer) values (${USD}, 'USD', ${strkey(ISSUER)}), (${EUR}, 'EURO', ${strkey(ISSUER)})`;
  await sql`insert into trustline_balances values (${column(HOLDER)}, ${USD}, 0, 100, 0, 0, 1, 800)`;
  const made: Made[] = [
    { ledger: 10, id: 1, claimants: [[HOLDER, unconditional()]], asset: USD },
    {
      ledger: 11,
      id: 2,
      claimants: [
        [OTHER, unconditional()],
        [HOLDER, not(at(60))],
      ],
      asset: EUR,
      operations: null,
    },
    { ledger: 12, id: 3, claimants: [[HOLDER, at(0)]], amount: 99n },
    { ledger: 12, id: 4, claimants: [[HOLDER, and([not(at(-60)), at(60)])]], amount: 100n, operations: 51 },
    { ledger: 13, id: 5, claimants: [[ISSUER, unconditional()]], asset: EUR, operations: 50 },
  ];
  for (const each of made) await insert(each);
  // More than a page looks at, of which the last can be claimed.
  await sql`insert into claimable_balances (balance_id, amount, since_ledger, last_modified_ledger, is_clawback_enabled, claimants)
    select '\\x0800'::bytea || sha256(i::text::bytea), i, 100 + i, 100 + i, false, ${Buffer.concat([
      Buffer.of(0, 0, 0, 1),
      xdr.Claimant.claimantTypeV0(
        new xdr.ClaimantV0({ destination: xdr.AccountId.fromXdr(Buffer.concat([Buffer.alloc(4), key(CROWD)])), predicate: not(at(1)) }),
      ).toXdr(),
    ])}::bytea from generate_series(1, 2300) i`;
  await sql`insert into claimable_balance_claimants select since_ledger, ${column(CROWD)}, balance_id from claimable_balances where last_modified_ledger > 100`;
  await insert({ ledger: 2500, id: 9, claimants: [[CROWD, unconditional()]] });
});

const NODE = `id balanceId asset { tokenId code issuer decimals } amount sponsor isClawbackEnabled createdByOperationId createdAt lastModifiedLedger
  claimants { destination predicate claimableNow claimableFrom claimableUntil } claimableNow claimableFrom claimableUntil looksLikeSpam spamReasons`;
const PAGE_INFO = "pageInfo { startCursor endCursor hasNextPage hasPreviousPage }";

// oxlint-disable-next-line typescript/no-explicit-any
async function list(account: string, args = "", node = NODE): Promise<any> {
  const { data, errors } = await api.ask(
    `query ($account: String!) { accountByAddress(address: $account) { of: claimableBalances${args && `(${args})`} { edges { cursor node { ${node} } } ${PAGE_INFO} } } }`,
    { account },
  );
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data.accountByAddress.of;
}

const time = (seconds: number): string => new Date((CLOSED + seconds) * 1000).toISOString().replace(".000Z", "Z");

test("an account's claimable balances say what they are, when they can be claimed, and whether they look like spam", async () => {
  const { edges } = await list(strkey(HOLDER));
  const nodes = edges.map(({ node }: { node: unknown }) => node);
  assert.equal(nodes.length, 4);
  const id = idOf({ ledger: 11, id: 2 });
  assert.deepEqual(nodes[1], {
    id: StrKey.encodeClaimableBalance(id.subarray(1)),
    balanceId: `00000000${id.subarray(2).toString("hex")}`,
    asset: { tokenId: nodes[1].asset.tokenId, code: "EURO", issuer: strkey(ISSUER), decimals: 7 },
    amount: "1.0000000",
    sponsor: strkey(SPONSOR),
    isClawbackEnabled: true,
    createdByOperationId: null,
    createdAt: null,
    lastModifiedLedger: 11,
    claimants: [
      { destination: strkey(OTHER), predicate: { unconditional: true }, claimableNow: true, claimableFrom: null, claimableUntil: null },
      {
        destination: strkey(HOLDER),
        predicate: { not: { abs_before: time(60), abs_before_epoch: String(CLOSED + 60) } },
        claimableNow: false,
        claimableFrom: time(60),
        claimableUntil: null,
      },
    ],
    claimableNow: false,
    claimableFrom: time(60),
    claimableUntil: null,
    looksLikeSpam: true,
    spamReasons: ["UNKNOWN_ASSET"],
  });
  assert.match(nodes[1].asset.tokenId, /^C[A-Z2-7]{55}$/);
  const shown = nodes.map((node: Record<string, unknown> & { asset: { code: string } }) => [
    node.asset.code,
    node.claimableNow,
    node.claimableFrom,
    node.claimableUntil,
    node.spamReasons,
    node.createdAt,
  ]);
  assert.deepEqual(shown, [
    ["USD", true, null, null, [], time(-5)],
    ["EURO", false, time(60), null, ["UNKNOWN_ASSET"], null],
    // It ended with the newest ledger: never again.
    ["XLM", false, null, null, ["BELOW_FEE"], time(-5)],
    ["XLM", true, time(-60), time(60), ["MANY_OPERATIONS"], time(-5)],
  ]);
  // The issuer of an asset knows it, without a trustline; and 50 operations are not too many.
  const own = await list(strkey(ISSUER));
  assert.deepEqual([own.edges.length, own.edges[0].node.looksLikeSpam, own.edges[0].node.spamReasons], [1, false, []]);
});

test("NOW and LATER are what can be claimed now and what can be later; ALL has those of the past too", async () => {
  const amounts = async (args: string): Promise<string[]> =>
    (await list(strkey(HOLDER), args)).edges.map(
      ({ node }: { node: { amount: string; asset: { code: string } } }) => node.asset.code + node.amount,
    );
  assert.deepEqual(await amounts("claimable: NOW"), ["USD1.0000000", "XLM0.0000100"]);
  assert.deepEqual(await amounts("claimable: LATER"), ["EURO1.0000000"]);
  for (const all of ["claimable: ALL", "claimable: null", ""])
    assert.deepEqual(await amounts(all), ["USD1.0000000", "EURO1.0000000", "XLM0.0000099", "XLM0.0000100"]);
  assert.deepEqual(await amounts("claimable: NOW, last: 1"), ["XLM0.0000100"]);
});

test("pages in either direction are the list, with a filter too", async () => {
  for (const filter of ["", "claimable: NOW, "]) {
    const whole = (await list(strkey(HOLDER), filter)).edges;
    for (const size of [1, 2, 3]) {
      for (const [count, from, more, next] of [
        ["first", "after", "hasNextPage", "endCursor"],
        ["last", "before", "hasPreviousPage", "startCursor"],
      ] as const) {
        const found: unknown[] = [];
        let cursor = "";
        for (let pages = 0; ; pages++) {
          assert.ok(pages < 6);
          const page = await list(strkey(HOLDER), `${filter}${count}: ${size}${cursor}`);
          if (count === "first") found.push(...page.edges);
          else found.unshift(...page.edges);
          if (!page.pageInfo[more]) break;
          cursor = `, ${from}: "${page.pageInfo[next]}"`;
        }
        assert.deepEqual(found, whole);
      }
    }
  }
});

test("a page looks at a bounded number of balances, says where it stopped, and the next one goes on there", async () => {
  let cursor = "";
  const pages: number[] = [];
  const statements: number[] = [];
  for (;;) {
    const { edges, pageInfo } = await list(strkey(CROWD), `claimable: NOW, first: 5${cursor}`, "amount");
    pages.push(edges.length);
    statements.push(api.lastRecord().statements!);
    if (!pageInfo.hasNextPage) break;
    assert.ok(pages.length < 5);
    cursor = `, after: "${pageInfo.endCursor}"`;
  }
  assert.deepEqual(pages, [0, 0, 1]);
  assert.ok(Math.max(...statements) < 12, String(statements));
  const { edges } = await list(strkey(CROWD), "claimable: NOW, last: 1", "amount");
  assert.equal(edges.length, 1);
});

test("balances of several accounts are read together", async () => {
  const ask = async (accounts: number[]): Promise<number> => {
    const fields = accounts.map(
      (byte, i) =>
        `a${i}: accountByAddress(address: "${strkey(byte)}") { claimableBalances(claimable: NOW, first: 3) { edges { node { id } } } offers { edges { node { id } } } }`,
    );
    const { errors } = await api.ask(`{ ${fields.join(" ")} }`);
    assert.equal(errors, undefined);
    return api.lastRecord().statements!;
  };
  await ask([HOLDER]);
  assert.equal(await ask([HOLDER, ISSUER, OTHER, SPONSOR]), await ask([HOLDER]));
});

test("a claimable balance is found by its id as an address and in Horizon's form", async () => {
  const id = idOf({ ledger: 11, id: 2 });
  const [address, hex] = [StrKey.encodeClaimableBalance(id.subarray(1)), `00000000${id.subarray(2).toString("hex")}`];
  for (const text of [address, hex, hex.toUpperCase()]) {
    const { data, errors } = await api.ask(`query ($id: String!) { claimableBalance(id: $id) { ${NODE} createdBy { hash } } }`, {
      id: text,
    });
    assert.equal(errors, undefined);
    const { id: own, claimants, claimableNow, looksLikeSpam, spamReasons, createdBy } = data.claimableBalance;
    assert.deepEqual([own, claimants.length, claimableNow, looksLikeSpam, spamReasons, createdBy], [address, 2, null, null, null, null]);
    assert.deepEqual(
      claimants.map((claimant: { claimableNow: boolean }) => claimant.claimableNow),
      [true, false],
    );
  }
  const unknown = await api.ask(`{ claimableBalance(id: "00000000${"ab".repeat(32)}") { id } }`);
  assert.deepEqual(unknown.data, { claimableBalance: null });
  for (const wrong of ["", "B", address.slice(1), hex.slice(8), `00000001${hex.slice(8)}`, strkey(HOLDER)]) {
    const { errors } = await api.ask("query ($id: String!) { claimableBalance(id: $id) { id } }", { id: wrong });
    assert.equal(errors?.[0]?.extensions.code, "BAD_USER_INPUT", wrong);
  }
});

test("cursors that are none are BAD_USER_INPUT, and contracts have neither balances to claim nor offers", async () => {
  const text = (value: string): string => Buffer.from(value).toString("base64");
  for (const cursor of [
    "",
    "v1",
    "v2:1:B",
    "v1:x:BAAD6DBUX6J22DMZOHIEZTEQ64CVCHEDRKWZONFEUL5Q26QD7R76RGR4TU",
    "v1:-1:BAAD6DBUX6J22DMZOHIEZTEQ64CVCHEDRKWZONFEUL5Q26QD7R76RGR4TU",
    "v1:1:",
  ]) {
    const { errors } = await api.ask(
      `{ accountByAddress(address: "${strkey(HOLDER)}") { claimableBalances(after: "${text(cursor)}") { edges { cursor } } } }`,
    );
    assert.equal(errors?.[0]?.extensions.code, "BAD_USER_INPUT", cursor);
  }
  const contract = StrKey.encodeContract(key(7));
  const { data } = await api.ask(
    `{ accountByAddress(address: "${contract}") { claimableBalances { edges { cursor } } offers { edges { cursor } } } }`,
  );
  assert.deepEqual(data.accountByAddress, { claimableBalances: { edges: [] }, offers: { edges: [] } });
});

test("a balance whose claimants cannot be read is left out, and the log says so", async () => {
  const damaged = idOf({ ledger: 14, id: 7 });
  await sql`insert into claimable_balances (balance_id, amount, since_ledger, last_modified_ledger, is_clawback_enabled, claimants) values (${damaged}, 1, 14, 14, false, '\\x00000009')`;
  await sql`insert into claimable_balance_claimants values (14, ${column(OTHER)}, ${damaged})`;
  const { edges } = await list(strkey(OTHER), "", "lastModifiedLedger");
  assert.deepEqual(
    edges.map(({ node }: { node: unknown }) => node),
    [{ lastModifiedLedger: 11 }],
  );
  assert.ok(api.warnings.includes("claimable balance skipped"));
  await sql`delete from claimable_balances where balance_id = ${damaged}`;
});

test("predicates and lists of claimants are charged by what they send", async () => {
  await list(strkey(HOLDER), "first: 100", "id");
  const plain = api.lastRecord().taken!;
  await list(strkey(HOLDER), "first: 100", "id claimants { predicate }");
  const { bytesSent } = api.lastRecord().taken!;
  assert.ok(bytesSent > plain.bytesSent + 300, `${plain.bytesSent} ${bytesSent}`);
});

/** Ingests ledgers of the reports, the API over them. */
async function withLedgers(
  ledgers: readonly [sequence: number, bytes: Uint8Array][],
  run: (ask: typeof api.ask) => Promise<void>,
  upTo = ledgers.length,
): Promise<void> {
  const own = await testDatabase();
  for (const [sequence, bytes] of ledgers.slice(0, upTo)) {
    await ingestChain(own.url, {
      networkPassphrase: REPORTS,
      indexer: createIndexer(REPORTS),
      source: memorySource([], {
        async *open() {
          yield openedLedger(bytes, sequence);
        },
        latest: () => Promise.resolve(sequence),
      }),
    });
  }
  const server = testApi(own.url, { networkPassphrase: REPORTS });
  try {
    await run(server.ask);
  } finally {
    await server.close();
  }
}

const B = "GD3SAW7KPJVDPOE7UOBUIWPLNMB6R4FUO4DUQN3I3NDVJDFZXKC4MNWK";
const A = "GBDPZ4M5HCYFYC4XYIYY64OAHPDLZTQZ3ZURE3QDVHQPW3MWNABJNJUL";

sharedTest("what a made is in the list of b until b claims it", async () => {
  const ledgers = [100, 101].map((n): [number, Uint8Array] => [n, readShared(`ledgers/reports/claimable-claimed/${n}.xdr`)]);
  const query = `{ accountByAddress(address: "${B}") { claimableBalances { edges { node { id amount sponsor asset { code } claimableNow createdBy { hash ledgerNumber } } } } } }`;
  await withLedgers(
    ledgers,
    async (ask) => {
      const { data, errors } = await ask(query);
      assert.equal(errors, undefined);
      const id = "BAABAPLCKSTNSS5MZAXIEKEFDBPVNRU4W6M6YUJEYCVEAXRYNF2RKG6D2A";
      const createdBy = { hash: "9305343d3770c267668d7dd252ebb6596d1c1ea19775bf93de4c4d7c2fde2d52", ledgerNumber: 100 };
      const node = { id, amount: "77.0000000", sponsor: A, asset: { code: "AQUA" }, claimableNow: true, createdBy };
      assert.deepEqual(data.accountByAddress.claimableBalances.edges, [{ node }]);
    },
    1,
  );
  await withLedgers(ledgers, async (ask) => {
    const { data } = await ask(query);
    assert.deepEqual(data.accountByAddress.claimableBalances.edges, []);
  });
});

/** The ledger as a network would have written it: its operations' changes have the balances that they make. */
function withEntries(bytes: Uint8Array): Uint8Array {
  const meta = decodeV2(bytes);
  assert.ok(meta.txSet.type === "v1TxSet");
  const envelopes = meta.txSet.v1TxSet.phases.flatMap((phase) =>
    phase.type === "v0Components" ? phase.v0Components.flatMap((component) => component.txsMaybeDiscountedFee.txs) : [],
  );
  assert.equal(envelopes.length, meta.txProcessing.length);
  // In the order of their hashes, which is not that of the results: all are alike but for the id.
  const [envelope] = envelopes;
  assert.ok(envelope?.type === "envelopeTypeTx");
  const { tx } = envelope.v1;
  const body = tx.operations[0]!.body;
  assert.ok(body.type === "createClaimableBalance" && tx.sourceAccount.type === "keyTypeEd25519");
  const { asset, amount, claimants } = body.createClaimableBalanceOp;
  const sponsoringId = xdr.AccountId.fromXdr(tx.sourceAccount.toXdr());
  for (const { result, txApplyProcessing } of meta.txProcessing) {
    const { result: code } = result.result;
    assert.ok(code.type === "txSuccess" && txApplyProcessing.type === "v4");
    const [operation] = code.results;
    assert.ok(operation?.type === "opInner" && operation.tr.type === "createClaimableBalance");
    const created = operation.tr.createClaimableBalanceResult;
    assert.ok(created.type === "createClaimableBalanceSuccess");
    const entry = new xdr.ClaimableBalanceEntry({
      balanceId: created.balanceId,
      claimants,
      asset,
      amount,
      ext: xdr.ClaimableBalanceEntryExt.v0(),
    });
    const ext = xdr.LedgerEntryExt.v1(new xdr.LedgerEntryExtensionV1({ sponsoringId, ext: xdr.LedgerEntryExtensionV1Ext.v0() }));
    const data = xdr.LedgerEntryData.claimableBalance(entry);
    const change = xdr.LedgerEntryChange.ledgerEntryCreated(new xdr.LedgerEntry({ lastModifiedLedgerSeq: 601, data, ext }));
    Object.assign(txApplyProcessing.v4.operations[0]!, { changes: [change] });
  }
  return xdr.LedgerCloseMeta.v2(meta).toXdr();
}

sharedTest("thirty dust balances are marked as spam, and none is hidden", async () => {
  const ledgers: [number, Uint8Array][] = [
    [600, readShared("ledgers/reports/claimable-dust/600.xdr")],
    [601, withEntries(readShared("ledgers/reports/claimable-dust/601.xdr"))],
  ];
  await withLedgers(ledgers, async (ask) => {
    for (const claimable of ["ALL", "NOW"]) {
      const { data, errors } = await ask(
        `{ accountByAddress(address: "${B}") { claimableBalances(claimable: ${claimable}, first: 100) { edges { node { amount asset { code } looksLikeSpam spamReasons createdBy { ledgerNumber } } } } } }`,
      );
      assert.equal(errors, undefined);
      const node = {
        amount: "0.0000001",
        asset: { code: "SPAM" },
        looksLikeSpam: true,
        spamReasons: ["UNKNOWN_ASSET"],
        createdBy: { ledgerNumber: 601 },
      };
      const { edges } = data.accountByAddress.claimableBalances;
      assert.equal(edges.length, 30);
      for (const edge of edges) assert.deepEqual(edge, { node });
    }
  });
});

test("many accounts that may read much are read in several statements, and each gets its own", async () => {
  const crowd = [HOLDER, CROWD, ISSUER, ...Array.from({ length: 130 }, (_, i) => 100 + i), OTHER];
  const wide = testApi(database.url, { networkPassphrase: REPORTS, graphqlComplexityLimit: 10_000_000 });
  try {
    const fields = (some: number[]): string =>
      some
        .map((byte, i) => `a${i}: accountByAddress(address: "${strkey(byte)}") { claimableBalances(first: 100) { edges { node { id } } } }`)
        .join(" ");
    const { data, errors } = await wide.ask(`{ ${fields(crowd)} }`);
    assert.equal(errors, undefined, JSON.stringify(errors));
    const counts = crowd.map((_, i) => data[`a${i}`].claimableBalances.edges.length);
    assert.deepEqual(counts, [4, 100, 1, ...Array.from({ length: 130 }, () => 0), 1]);
    const last = data[`a${crowd.length - 1}`].claimableBalances.edges;
    assert.deepEqual(last, (await wide.ask(`{ ${fields([OTHER])} }`)).data.a0.claimableBalances.edges);
  } finally {
    await wide.close();
  }
});
