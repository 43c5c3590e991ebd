import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as fc from "fast-check";
import { AccountKeyMaker } from "../../functions/shared/columns/account-key.ts";
import { byteaBytes, byteaText } from "../../functions/shared/columns/bytea.ts";
import { nativeContract } from "../../functions/shared/columns/contract-id.ts";
import { ByteWriter } from "../../functions/shared/columns/history/byte-writer.ts";
import { type ChangeRef, readRefs, shortHash, type TransactionRef, writeRefs } from "../../functions/shared/columns/history/link-refs.ts";
import { Payload } from "../../functions/shared/columns/history/payload-decoder.ts";
import { lastInspected } from "../../functions/serve/queries/account-links.ts";
import { type AccountKey, accountOfColumn } from "../../functions/serve/values/addresses.ts";
import type { HistoryBounds } from "../../functions/serve/loaders/account-history.ts";
import { testDatabase, type TestDatabase } from "../fixtures/database.ts";
import { type Direction, followPages } from "../fixtures/follow-pages.ts";
import { PUBNET } from "../fixtures/golden-ledgers.ts";
import { type HistoryField, historyPages, type PageCost } from "../fixtures/history-pages.ts";
import { type MadeStateChange, type MadeTransaction, writeTransactions } from "../fixtures/history-rows.ts";
import { recordStatements } from "../fixtures/read-plans.ts";
import { hasShared, sharedTest } from "../fixtures/shared.ts";

/** `PAGES_SEED=2 node --test …` tries other pages. */
const SEED = Number(process.env.PAGES_SEED ?? 1);

const [chain, made] = [await testDatabase("chain"), await testDatabase()];
const chainPages = historyPages(chain.url);
const madePages = historyPages(made.url);
after(() => Promise.all([chainPages.close(), madePages.close()]));

async function keysOf(database: TestDatabase): Promise<AccountKeyMaker> {
  const [row] = await database.connect()<{ secret: Uint8Array }[]>`select secret from account_key_secret`;
  return new AccountKeyMaker(row!.secret);
}

/** Rewrites the references of an account's links. */
async function rewriteLinks(
  database: TestDatabase,
  account: AccountKey,
  kinds: number,
  change: (ref: TransactionRef) => TransactionRef,
): Promise<void> {
  const sql = database.connect();
  const key = (await keysOf(database)).text(account.bytes);
  const links = await sql<
    { ledger_number: number; refs: Uint8Array }[]
  >`select ledger_number, refs from account_links where account_key = ${key}`;
  const refs = links.map((link) => {
    const writer = new ByteWriter();
    writeRefs(writer, readRefs(Buffer.from(link.refs)).map(change));
    return Buffer.from(writer.finish()).toString("hex");
  });
  await sql`
    update account_links l set refs = decode(n.refs, 'hex'), kinds = l.kinds | ${kinds}::integer
    from unnest(${`{${links.map((link) => link.ledger_number).join(",")}}`}::integer[], ${`{${refs.join(",")}}`}::text[]) n (ledger_number, refs)
    where l.account_key = ${key} and l.ledger_number = n.ledger_number`;
}

/** Accounts whose links were rewritten: who believes them reads in vain. */
const promiseEverything = new Set<AccountKey>();
/** Lists of the chain, whole. */
const lists: { account: AccountKey; field: HistoryField; args: { filter?: object; order?: string }; cursors: string[] }[] = [];

async function cursorsOf(
  account: AccountKey,
  field: HistoryField,
  args: object,
  size: number,
  direction: Direction,
  bounds?: HistoryBounds,
) {
  const costs: PageCost[] = [];
  const { edges, pages } = await followPages(
    async (page) => {
      const read = await chainPages.read(account, field, { ...args, ...page }, bounds);
      costs.push(read.cost);
      return read.page;
    },
    size,
    direction,
  );
  return { cursors: edges.map(({ cursor }) => cursor), pages, costs };
}

before(async () => {
  if (!hasShared) return;
  const native = byteaText(nativeContract(PUBNET));
  const rows = await chain.connect()<{ payload: string }[]>`select payload::text from transactions order by to_id limit 1500`;
  const counts = new Map<string, number>();
  for (const { payload } of rows)
    for (const column of new Payload(byteaBytes(payload), native).accounts) counts.set(column, (counts.get(column) ?? 0) + 1);
  const ranked = [...counts].sort(([a, left], [b, right]) => right - left || (a < b ? -1 : 1)).map(([column]) => column);
  const accounts = [12, 13, 60, 61, 200, 201].map((rank) => accountOfColumn(ranked[rank]!));
  // Every other account's links promise everything of each transaction.
  const everything: ChangeRef[] = Array.from({ length: 24 }, (_, at) => ({
    kind: at + 1,
    count: 1,
    token: "any",
    isToldByEvents: false,
    counterparties: [],
  }));
  for (const account of accounts.filter((_, at) => at % 2 === 1)) promiseEverything.add(account);
  for (const account of promiseEverything)
    await rewriteLinks(chain, account, -1, (ref) => ({ ...ref, isParticipant: true, operations: [1, 2, 3], changes: everything }));
  for (const account of accounts)
    for (const [field, args] of [
      ["transactions", {}],
      ["transactions", { filter: { changed: true, kinds: [{ category: "BALANCE", reason: "CREDIT" }] } }],
      ["transactions", { filter: { tokens: ["native"], successful: true } }],
      ["transactions", { filter: { kinds: [{ category: "TRUSTLINE" }, { category: "SIGNER" }] } }],
      ["transactions", { filter: { counterparty: accounts[0]!.text } }],
      ["transactions", { filter: { memo: "TAURA:Track" } }],
      ["operations", {}],
      ["stateChanges", {}],
      ["stateChanges", { filter: { category: "BALANCE", reason: "CREDIT" } }],
      ["stateChanges", { filter: { category: "TRUSTLINE" } }],
    ] as const) {
      const { cursors } = await cursorsOf(account, field, args, 100, "forward");
      lists.push({ account, field, args, cursors });
      lists.push({ account, field, args: { ...args, order: "DESC" }, cursors: cursors.toReversed() });
    }
});

const bounds: fc.Arbitrary<HistoryBounds> = fc.record({
  links: fc.integer({ min: 2, max: 30 }),
  linksAtOnce: fc.integer({ min: 1, max: 8 }),
  refs: fc.integer({ min: 1, max: 40 }),
  transactions: fc.integer({ min: 0, max: 6 }),
  transactionsAtOnce: fc.integer({ min: 1, max: 5 }),
  bytes: fc.integer({ min: 1, max: 10_000 }),
});

sharedTest(`under any bounds, the cursors of pages lead through the whole list, each item once (seed ${SEED})`, async () => {
  let bounded = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...lists),
      bounds,
      fc.integer({ min: 1, max: 12 }),
      fc.constantFrom("forward", "backward"),
      async ({ account, field, args, cursors: expected }, limits, size, direction) => {
        const { cursors, pages, costs } = await cursorsOf(account, field, args, size, direction, limits);
        assert.deepEqual(cursors, expected);
        if (pages > Math.max(1, Math.ceil(expected.length / size))) bounded++;
        for (const { links, transactions, statements } of costs) {
          assert.ok(transactions <= limits.transactions + size + 1, `${transactions} transactions`);
          assert.ok(links <= limits.links + statements, `${links} links`);
        }
      },
    ),
    { seed: SEED, numRuns: 150, endOnFailure: true },
  );
  assert.ok(bounded > 40, `${bounded} walks met a bound`);
});

sharedTest("links that say what is true make no page read a transaction in vain", async () => {
  let read = 0;
  for (const { account, field, args, cursors } of lists.filter(
    // No link knows of memos.
    (list) => list.field === "transactions" && !promiseEverything.has(list.account) && !("memo" in (list.args.filter ?? {})),
  )) {
    const { page, cost } = await chainPages.read(account, field, { ...args, last: 100 });
    assert.equal(cost.transactions, Math.min(cursors.length, 101), `${account.text} ${JSON.stringify(args)}`);
    read += page.edges.length;
  }
  assert.ok(read > 200, `${read} transactions`);
});

sharedTest("without a bound that is met, pages are full and have the cursors of their edges", async () => {
  for (const { account, field, args, cursors } of lists) {
    const { page } = await chainPages.read(account, field, { ...args, first: 10 });
    assert.deepEqual(
      [page.edges.map(({ cursor }) => cursor), page.pageInfo.endCursor, page.pageInfo.hasNextPage],
      [cursors.slice(0, 10), cursors.slice(0, 10).at(-1) ?? null, cursors.length > 10],
    );
  }
});

const column = (byte: string): string => `\\x30${byte.repeat(32)}`;
const token = (byte: string): string => `\\x10${byte.repeat(32)}`;
const LEDGERS = 6_000;
const FIRST = 70_000_000;
const START = Date.UTC(2026, 2, 1) / 1000;
/** Has a change of one token in each of 6,000 ledgers, a mint in every tenth, and of another token in every 1,000th. */
const holder = accountOfColumn(column("a1"));
const [COMMON, SELDOM, LIE] = [token("01"), token("02"), token("03")];

function credit(account: string, tokenId: string, operation: number, stateChangeId = 1): MadeStateChange {
  return { category: "BALANCE", reason: "CREDIT", stateChangeId, account, tokenId, amount: "1", operation };
}

/** Like an airdrop or a market maker: 600 transactions of 100 operations, each with four changes of the account's. */
const heavy = accountOfColumn(column("b2"));
const HEAVY_LEDGERS = 600;

before(async () => {
  const sql = made.connect();
  const transactions: MadeTransaction[] = Array.from({ length: LEDGERS }, (_, at) => ({
    ledger: FIRST + at,
    place: 1,
    closedAt: START + at * 5,
    hash: Buffer.from((FIRST + at).toString(16).padStart(64, "0"), "hex"),
    accounts: [holder.column],
    operations: [{ accounts: [holder.column] }],
    stateChanges: [{ ...credit(holder.column, at % 1_000 === 0 ? SELDOM : COMMON, 1), reason: at % 10 === 5 ? "MINT" : "CREDIT" }],
  }));
  await writeTransactions(sql, transactions);
  const operations = Array.from({ length: 100 }, (_, at) => at + 1);
  const payee = (n: number): string => `\\x30${n.toString(16).padStart(64, "c")}`;
  for (let from = 0; from < HEAVY_LEDGERS; from += 100)
    await writeTransactions(
      sql,
      Array.from({ length: 100 }, (_, at) => {
        const n = from + at;
        const ledger = FIRST + LEDGERS + n;
        return {
          ledger,
          place: 1,
          closedAt: START + (LEDGERS + n) * 5,
          hash: Buffer.from(ledger.toString(16).padStart(64, "0"), "hex"),
          accounts: [heavy.column, ...operations.map((place) => payee(n * 100 + place))],
          operations: operations.map((place) => ({ accounts: [heavy.column, payee(n * 100 + place)], xdr: Buffer.alloc(150, 0xab) })),
          stateChanges: operations.flatMap((place) => [1, 2, 3, 4].map((id) => credit(heavy.column, COMMON, place, id))),
        };
      }),
    );
  await sql`vacuum (analyze) account_links`;
});

const ofToken = (of: string) => ({ filter: { tokens: [accountOfColumn(of).text] } });

test("a rare token: a page looks at 5,000 links, and reads no transaction in vain", async () => {
  const first = await madePages.read(holder, "transactions", { ...ofToken(SELDOM), first: 10 });
  assert.deepEqual([first.page.edges.length, first.page.pageInfo.hasNextPage], [5, true]);
  assert.ok(first.cost.links >= 5_000 && first.cost.links < 5_020, `${first.cost.links} links`);
  assert.equal(first.cost.transactions, 5);
  const second = await madePages.read(holder, "transactions", { ...ofToken(SELDOM), first: 10, after: first.page.pageInfo.endCursor });
  assert.deepEqual([second.page.edges.length, second.page.pageInfo.hasNextPage, second.cost.transactions], [1, false, 1]);
});

test("links without the kinds that are asked for count as looked at, though the database passes over them", async () => {
  const kinds = ["MINT", "DEBIT"].map((reason) => ({ category: "BALANCE", reason }));
  const filter = { ...ofToken(SELDOM).filter, kinds };
  const one = await madePages.read(holder, "transactions", { filter, first: 10 });
  assert.deepEqual([one.page.edges.length, one.page.pageInfo.hasNextPage, one.cost.transactions], [0, true, 0]);
  assert.ok(one.cost.links >= 500 && one.cost.links < 520, `${one.cost.links} links`);
  const two = await madePages.read(holder, "transactions", { filter, first: 10, after: one.page.pageInfo.endCursor });
  assert.deepEqual([two.page.edges.length, two.page.pageInfo.hasNextPage], [0, false]);
});

test("a kind that is common elsewhere and that the account has not: an empty page with a cursor", async () => {
  const filter = { kinds: [{ category: "BALANCE", reason: "DEBIT" }] };
  for (const [size, cursor, more] of [
    ["first", "after", "hasNextPage"],
    ["last", "before", "hasPreviousPage"],
  ] as const) {
    const one = await madePages.read(holder, "transactions", { filter, [size]: 10 });
    assert.deepEqual([one.page.edges.length, one.page.pageInfo[more], one.cost.links, one.cost.transactions], [0, true, 0, 0]);
    const place = size === "first" ? one.page.pageInfo.endCursor : one.page.pageInfo.startCursor;
    assert.ok(place !== null);
    const two = await madePages.read(holder, "transactions", { filter, [size]: 10, [cursor]: place });
    assert.deepEqual([two.page.edges.length, two.page.pageInfo[more], two.cost.links], [0, false, 0]);
  }
});

test("a rare kind that the account has not is known at once", async () => {
  const { page, cost } = await madePages.read(holder, "transactions", { filter: { kinds: [{ category: "SIGNER" }] }, last: 10 });
  assert.deepEqual([page.edges.length, page.pageInfo.hasPreviousPage, cost.links], [0, false, 0]);
});

test("the last link that the bound lets in is found in the index", async () => {
  const recorder = await recordStatements(made.url);
  const key = (await keysOf(made)).text(holder.bytes);
  for (const kinds of [1, 64]) {
    const asked = {
      range: { since: null, until: null },
      at: null,
      inclusive: true,
      backward: true,
      kinds,
      limit: 11,
      bound: 5_000,
    };
    const [statement] = await recorder.record((snapshot) => lastInspected(snapshot, [{ key, from: null }], asked));
    const sql = made.connect();
    const plan = await sql.begin(async (transaction) => {
      for (const [name, value] of Object.entries(recorder.settings)) await transaction.unsafe(`set local ${name} = '${value}'`);
      await transaction.unsafe(`prepare last_inspected as ${statement!.text}`);
      const values = statement!.parameters.map((value) => `'${String(value)}'`).join(", ");
      return transaction.unsafe(`explain (costs off) execute last_inspected (${values})`);
    });
    assert.match(JSON.stringify(plan), made.dialect === "postgres" ? /Index Only Scan/ : /Index/);
  }
  await recorder.close();
});

test("links that promise what no transaction holds: a page reads 1,000 in vain, says how far it got, and the list goes on", async () => {
  const hash = shortHash((await keysOf(made)).halves(byteaBytes(LIE)));
  await rewriteLinks(made, holder, 0, (ref) => ({ ...ref, changes: ref.changes.map((change) => ({ ...change, token: hash })) }));
  let [cursor, pages]: [string | null, number] = [null, 0];
  for (let more = true; more; pages++) {
    const { page, cost } = await madePages.read(holder, "transactions", {
      ...ofToken(LIE),
      first: 10,
      ...(cursor !== null && { after: cursor }),
    });
    assert.equal(page.edges.length, 0);
    assert.ok(cost.transactions <= 1_011 && cost.statements < 40, JSON.stringify(cost));
    ({ endCursor: cursor, hasNextPage: more } = page.pageInfo);
  }
  assert.equal(pages, Math.ceil(LEDGERS / 1_011));
});

test("pages of an account whose transactions are as large as can be read what they show", async () => {
  const read = (field: HistoryField, args: object) => madePages.read(heavy, field, args);
  const operations = await read("operations", { last: 5 });
  assert.deepEqual([operations.page.edges.length, operations.cost.transactions], [5, 1]);
  const changes = await read("stateChanges", { last: 100 });
  assert.deepEqual([changes.page.edges.length, changes.cost.transactions], [100, 1]);
  const filtered = await read("transactions", { ...ofToken(COMMON), last: 100 });
  assert.deepEqual([filtered.page.edges.length, filtered.cost.transactions], [100, 101]);
  const none = await read("stateChanges", { filter: { category: "BALANCE", reason: "DEBIT" }, last: 100 });
  assert.deepEqual([none.page.edges.length, none.cost.transactions], [0, 0]);
  for (const { cost } of [operations, changes, filtered, none]) {
    assert.ok(cost.links <= 102, `${cost.links} links`);
    assert.ok(cost.payloads <= cost.transactions * 60_000, `${cost.payloads} characters of ${cost.transactions} payloads`);
  }
  // A link holds what its account has, and no more of the 100 payees.
  const [size] = await made.connect()<{ largest: number }[]>`select max(length(refs)) as largest from account_links`;
  assert.ok(size!.largest < 250, `${size!.largest} bytes`);
});
