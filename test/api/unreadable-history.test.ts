import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { byteaText } from "../../functions/shared/columns/bytea.ts";
import { operationId, transactionId } from "../../functions/shared/columns/toid.ts";
import { accountOfColumn } from "../../functions/serve/values/addresses.ts";
import { testDatabase } from "../fixtures/database.ts";
import { type MadeTransaction, writeTransactions } from "../fixtures/history-rows.ts";
import { testApi } from "../fixtures/serve-handler.ts";

const database = await testDatabase();
const sql = database.connect();
const api = testApi(database.url, { graphqlComplexityLimit: 1_000_000 });
after(() => api.close());

const [account, other] = [accountOfColumn(`\\x30${"11".repeat(32)}`), accountOfColumn(`\\x30${"22".repeat(32)}`)];
const token = `\\x10${"33".repeat(32)}`;
const LEDGERS = [1_000, 1_001, 1_002];
/** The transaction that is damaged: the second of the second ledger. */
const DAMAGED = transactionId(1_001, 2);

/** Two transactions a ledger, each with two operations, and a fee and a payment of the account. */
function made(ledger: number, place: number): MadeTransaction {
  const change = { category: "BALANCE", account: account.column, tokenId: token } as const;
  return {
    ledger,
    place,
    closedAt: 1_700_000_000 + ledger * 5,
    hash: hashOf(ledger, place),
    accounts: [account.column, other.column],
    operations: [
      { accounts: [account.column, other.column], xdr: Buffer.from("first") },
      { accounts: [account.column], xdr: Buffer.from("second"), type: "SET_OPTIONS" },
    ],
    stateChanges: [
      { ...change, reason: "DEBIT", stateChangeId: 1, amount: "100" },
      { ...change, reason: "DEBIT", operation: 1, stateChangeId: 1, amount: "12345" },
      {
        category: "SIGNER",
        reason: "ADD",
        operation: 2,
        stateChangeId: 1,
        account: account.column,
        signer: `\\x78${"44".repeat(40)}`,
        signerWeightNew: 1,
      },
    ],
  };
}

function hashOf(ledger: number, place: number): Buffer {
  return Buffer.alloc(32, ledger * 2 + place);
}
const DAMAGED_HASH = hashOf(1_001, 2).toString("hex");

let payload: Buffer;

before(async () => {
  await writeTransactions(
    sql,
    LEDGERS.flatMap((ledger) => [made(ledger, 1), made(ledger, 2)]),
  );
  const [row] = await sql<{ payload: Uint8Array }[]>`select payload from transactions where to_id = ${DAMAGED}`;
  payload = Buffer.from(row!.payload);
});

async function store(bytes: Buffer): Promise<void> {
  await sql`update transactions set payload = ${byteaText(bytes)}::text::bytea where to_id = ${DAMAGED}`;
}
beforeEach(() => store(payload));

const CHANGE = "__typename category ... on BalanceChange { amount tokenId } ... on SignerAddedChange { signerAddress }";
const OPERATION = "id type operationXdr accounts { address }";

/** Every way to the transactions, and how many items each of them has of one transaction. */
const PAGES: [name: string, query: string, items: (data: never) => unknown[], perTransaction: number][] = [
  [
    "transactions",
    `transactions(first: 50) { edges { node { hash feeCharged accounts { address } operations { edges { node { ${OPERATION} } } } stateChanges { edges { node { ${CHANGE} } } } }
      operations { ${OPERATION} } stateChanges { ${CHANGE} } } pageInfo { hasNextPage } }`,
    (data: { transactions: { edges: unknown[] } }) => data.transactions.edges,
    1,
  ],
  [
    "transactions, backward",
    `transactions(last: 4) { edges { node { hash } } }`,
    (data: { transactions: { edges: unknown[] } }) => data.transactions.edges,
    1,
  ],
  [
    "operations",
    `operations(first: 50) { edges { node { ${OPERATION} transaction { hash } } } }`,
    (data: { operations: { edges: unknown[] } }) => data.operations.edges,
    2,
  ],
  [
    "stateChanges",
    `stateChanges(first: 50) { edges { node { ${CHANGE} account { address } operation { id } transaction { hash } } } }`,
    (data: { stateChanges: { edges: unknown[] } }) => data.stateChanges.edges,
    3,
  ],
  [
    "filtered stateChanges",
    `stateChanges(first: 50, filter: { category: SIGNER }) { edges { node { ${CHANGE} } } }`,
    (data: { stateChanges: { edges: unknown[] } }) => data.stateChanges.edges,
    1,
  ],
];

async function pageOf(query: string, items: (data: never) => unknown[]) {
  const { data, errors } = await api.ask(`{ accountByAddress(address: "${account.text}") { ${query} } }`);
  assert.ok(data, JSON.stringify(errors));
  return { items: items(data.accountByAddress as never), errors };
}

/** One error, with code and id. */
function assertOneError(errors: { message: string; extensions: object }[] | undefined, code: string, where: string): void {
  assert.equal(errors?.length, 1, `${where}: ${JSON.stringify(errors)}`);
  assert.partialDeepStrictEqual(errors[0]!.extensions, { code, transactionId: DAMAGED }, where);
  assert.ok(errors[0]!.message.includes(DAMAGED), errors[0]!.message);
}

test("without damage every page is whole", async () => {
  for (const [name, query, items, perTransaction] of PAGES) {
    const page = await pageOf(query, items);
    assert.equal(page.errors, undefined, name);
    assert.equal(page.items.length, (name.endsWith("backward") ? 4 : 6) * perTransaction, name);
  }
});

/** What happens to a payload: a name, and the bytes that are stored. */
function damages(): [name: string, bytes: Buffer][] {
  const found: [string, Buffer][] = [];
  for (let length = 0; length < payload.length; length += length < 8 ? 1 : 13)
    found.push([`cut to ${length} bytes`, payload.subarray(0, length)]);
  // Not the format, which is another error.
  for (let at = 1; at < payload.length; at += 5) {
    const flipped = Buffer.from(payload);
    flipped[at]! ^= 1 << (at % 8);
    found.push([`a bit of byte ${at} flipped`, flipped]);
  }
  found.push(["bytes behind its end", Buffer.concat([payload, Buffer.of(0)])]);
  return found;
}

test("a damaged transaction is one error with its id, and the rest of each page is answered", async () => {
  for (const [name, query, items, perTransaction] of PAGES) {
    const whole = (await pageOf(query, items)).items;
    for (const [damage, bytes] of damages()) {
      const where = `${name}, ${damage}`;
      await store(bytes);
      const page = await pageOf(query, items);
      assertOneError(page.errors, "HISTORY_DAMAGED", where);
      if (name.endsWith("backward")) {
        assert.equal(page.items.length, 4, where);
        continue;
      }
      const place = 3 * perTransaction;
      assert.deepEqual(page.items, [...whole.slice(0, place), ...whole.slice(place + perTransaction)], where);
    }
    await store(payload);
  }
});

test("asked for alone, a damaged transaction is null and one error", async () => {
  await store(payload.subarray(0, payload.length - 1));
  const others = `ok: transactionByHash(hash: "${hashOf(1_001, 1).toString("hex")}") { hash operations { edges { node { id } } } }`;
  for (const [query, code] of [
    [`transactionByHash(hash: "${DAMAGED_HASH}") { hash operations { edges { node { id } } } }`, "HISTORY_DAMAGED"],
    [`operationById(id: ${operationId(DAMAGED, 1)}) { id transaction { hash } }`, "HISTORY_DAMAGED"],
  ] as const) {
    const { data, errors } = await api.ask(`{ lost: ${query} ${others} }`);
    assert.equal(data.lost, null);
    assert.equal(data.ok.operations.edges.length, 2);
    assertOneError(errors, code, query);
  }
});

test("however often a damaged transaction is met, it is one error of the response", async () => {
  await store(payload.subarray(0, 20));
  const { data, errors } = await api.ask(`{
    a: accountByAddress(address: "${account.text}") { transactions { edges { node { hash } } } operations { edges { node { id } } } }
    b: accountByAddress(address: "${other.text}") { transactions { edges { node { hash } } } }
    c: transactionByHash(hash: "${DAMAGED_HASH}") { hash } }`);
  assert.deepEqual(
    [data.a.transactions.edges.length, data.a.operations.edges.length, data.b.transactions.edges.length, data.c],
    [5, 10, 5, null],
  );
  assertOneError(errors, "HISTORY_DAMAGED", "three ways");
});

test("a filter that names a damaged transaction finds nothing, and says why", async () => {
  await store(payload.subarray(0, 20));
  for (const filter of [`transactionHash: "${DAMAGED_HASH}"`, `operationId: ${operationId(DAMAGED, 1)}`]) {
    const { data, errors } = await api.ask(
      `{ accountByAddress(address: "${account.text}") { stateChanges(filter: { ${filter} }) { edges { cursor } pageInfo { hasNextPage } } } }`,
    );
    assert.deepEqual(data.accountByAddress.stateChanges, { edges: [], pageInfo: { hasNextPage: false } });
    assertOneError(errors, "HISTORY_DAMAGED", filter);
  }
});

test("a payload of a later format says that the API must be updated", async () => {
  const later = Buffer.from(payload);
  later[0] = 2;
  await store(later);
  for (const [name, query, items, perTransaction] of PAGES) {
    const page = await pageOf(query, items);
    assertOneError(page.errors, "HISTORY_FORMAT_UNKNOWN", name);
    assert.match(page.errors![0]!.message, /format 2.*must be updated/);
    assert.equal(page.errors![0]!.extensions.format, 2);
    assert.equal(page.items.length, name.endsWith("backward") ? 4 : 5 * perTransaction, name);
  }
  const { data, errors } = await api.ask(`{ transactionByHash(hash: "${DAMAGED_HASH}") { hash } }`);
  assert.equal(data.transactionByHash, null);
  assertOneError(errors, "HISTORY_FORMAT_UNKNOWN", "by hash");
});

test("a damaged link is one error that names its ledger, and the page shows the account's other ledgers", async () => {
  const links = await sql<{ key: string; refs: Uint8Array }[]>`
    select account_key as key, refs from account_links where ledger_number = 1001 and account_key = account_key(${account.column}::text::bytea)`;
  assert.equal(links.length, 1);
  const { key, refs } = links[0]!;
  const setRefs = (bytes: Uint8Array) => sql`
    update account_links set refs = ${byteaText(bytes)}::text::bytea where ledger_number = 1001 and account_key = ${key}`;
  try {
    for (const damaged of [Buffer.from([0xff]), Buffer.from(refs).subarray(0, -1)]) {
      await setRefs(damaged);
      for (const [name, query, items, perTransaction] of PAGES) {
        if (name.endsWith("backward")) continue;
        const page = await pageOf(query, items);
        assert.equal(page.items.length, 4 * perTransaction, name);
        assert.equal(page.errors?.length, 1, `${name}: ${JSON.stringify(page.errors)}`);
        assert.deepEqual(page.errors[0]!.extensions, { code: "HISTORY_DAMAGED", ledger: 1001 }, name);
      }
    }
  } finally {
    await setRefs(refs);
  }
});
