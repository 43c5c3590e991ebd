import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { byteaBytes } from "../../functions/shared/columns/bytea.ts";
import { accountOfColumn } from "../../functions/serve/values/addresses.ts";
import { testDatabase } from "../fixtures/database.ts";
import { followPages, type Page } from "../fixtures/follow-pages.ts";
import { PUBNET } from "../fixtures/golden-ledgers.ts";
import { type MadeStateChange, type MadeTransaction, writeTransactions } from "../fixtures/history-rows.ts";
import { PARTIES, reportApi } from "../fixtures/reports.ts";
import { testApi } from "../fixtures/serve-handler.ts";
import { sharedTest } from "../fixtures/shared.ts";

/** What contracts' events tell is shown where the contract ran a token's code at the end of the ledger. */

const BASE = 2 ** 40;
const FIRST = 1_000;

const column = (version: string, name: string): string => `\\x${version}${Buffer.from(name).toString("hex").padEnd(64, "0")}`;
const account = (name: string): string => column("30", name);
const contract = (name: string): string => column("10", name);
const textOf = (of: string): string => accountOfColumn(of).text;
const hash = (name: string): Buffer => Buffer.alloc(32, name);

const [alice, bob] = [account("alice"), account("bob")];

/** Rows of a transfer that an event tells of. */
function transfer(token: string, ordinal: number, amount: number, [from, to] = [alice, bob], members = {}): MadeStateChange[] {
  const base = { operation: 1, category: "BALANCE", tokenId: token, amount: String(amount) } as const;
  return [
    { ...base, reason: "DEBIT", account: from, counterparty: to, stateChangeId: BASE + ordinal },
    { ...base, reason: "CREDIT", account: to, counterparty: from, stateChangeId: BASE + ordinal + 1, ...members },
  ];
}

function call(ledger: number, place: number, stateChanges: MadeStateChange[], accounts = [alice, bob]): MadeTransaction {
  const id = Buffer.alloc(32);
  id.writeUInt32BE(ledger, 0);
  id.writeUInt32BE(place, 4);
  return {
    ledger,
    place,
    closedAt: 1_700_000_000 + ledger * 5,
    hash: id,
    accounts,
    operations: [{ accounts, type: "INVOKE_HOST_FUNCTION" }],
    stateChanges,
  };
}

const [CHANGES, TRANSACTIONS] = ["stateChanges", "transactions"] as const;
const NODE = "category reason ledgerNumber ... on BalanceChange { tokenId amount toMuxedId depositId { kind value } }";

interface Change {
  amount: string;
  ledgerNumber: number;
  tokenId: string;
  toMuxedId: string | null;
  depositId: { kind: string; value: string } | null;
}

const database = await testDatabase();
const sql = database.connect();
const api = testApi(database.url, { networkPassphrase: PUBNET });
after(() => api.close());

async function page<Edge>(connection: typeof CHANGES | typeof TRANSACTIONS, of: string, args: object, fields: string): Promise<Page<Edge>> {
  const written = Object.entries("last" in args || "first" in args ? args : { first: 100, ...args })
    .map(([name, value]) => `${name}: ${name === "filter" ? String(value) : JSON.stringify(value)}`)
    .join(", ");
  const query = `{ accountByAddress(address: "${textOf(of)}") { ${connection}(${written}) {
    edges { ${fields} } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } } }`;
  const { data, errors } = await api.ask(query);
  assert.equal(errors, undefined, JSON.stringify(errors));
  return data.accountByAddress[connection] as Page<Edge>;
}

/** Amounts of the changes that are shown of an account. */
async function shown(of: string, args: object = {}): Promise<[ledger: number, amount: string][]> {
  const { edges } = await page<{ node: Change }>(CHANGES, of, args, `node { ${NODE} }`);
  return edges.map(({ node }) => [node.ledgerNumber, node.amount]);
}

async function ledgersOf(of: string, filter: string): Promise<number[]> {
  const { edges } = await page<{ node: { ledgerNumber: number } }>(TRANSACTIONS, of, { filter }, "node { ledgerNumber }");
  return edges.map(({ node }) => node.ledgerNumber);
}

const tokens = {
  own: contract("own code"),
  none: contract("no token"),
  unseen: contract("unseen code"),
  unknown: contract("unknown"),
  becomes: contract("becomes one"),
  wasOne: contract("was one"),
  tagged: contract("by tag"),
  retagged: contract("from tag to code"),
};
const [tag, lost] = [hash("tag"), hash("tag without entry")];
const ledgers = [10, 20, 30].map((ledger) => FIRST + ledger);

before(async () => {
  const names = Object.values(tokens);
  await writeTransactions(
    sql,
    ledgers.map((ledger) =>
      call(
        ledger,
        1,
        names.flatMap((token, at) => transfer(token, at * 2 + 1, (ledger - FIRST) * 100 + at)),
      ),
    ),
  );
  const [token, none] = [hash("token"), hash("none")];
  await sql`insert into protocol_wasms (wasm_hash, kind) values (${token}, 'SEP41'), (${none}, 'NONE'), (${hash("nft")}, 'SEP50'), (${hash("unseen")}, null)`;
  const runs = (of: string, code: Buffer | null, tagKey: Buffer | null, since: number) => sql`
    insert into protocol_contracts (contract_id, token_id, wasm_hash, tag_key, since_ledger)
    values (${byteaBytes(of)}, gen_random_uuid(), ${code}, ${tagKey}, ${since})`;
  const ran = (subject: string | Buffer, until: number, code: Buffer | null, tagKey: Buffer | null = null) => sql`
    insert into former_executables (subject, until_ledger, wasm_hash, tag_key) values (${typeof subject === "string" ? byteaBytes(subject) : subject}, ${until}, ${code}, ${tagKey})`;
  // The first ledger seen is no bound: what it ran before was the same.
  await runs(tokens.own, token, null, FIRST + 25);
  await runs(tokens.none, none, null, FIRST);
  await runs(tokens.unseen, hash("unseen"), null, FIRST);
  // A token from ledger 20 on: the code counts that it ran at the end of the ledger.
  await ran(tokens.becomes, FIRST + 5, hash("nft"));
  await ran(tokens.becomes, FIRST + 19, none);
  await runs(tokens.becomes, token, null, FIRST + 20);
  // A token up to ledger 20.
  await ran(tokens.wasOne, FIRST + 20, token);
  await runs(tokens.wasOne, none, null, FIRST + 21);
  // What the tag names is a token from ledger 15 to 29.
  await runs(tokens.tagged, null, tag, FIRST);
  await ran(tag, FIRST + 14, none);
  await ran(tag, FIRST + 29, token);
  await sql`insert into executable_tags (tag_key, owner_id, tag, wasm_hash, since_ledger) values (${tag}, ${byteaBytes(alice)}, '\\x01', ${none}, ${FIRST + 30})`;
  // By the tag up to ledger 20, when that was a token; then a tag that nobody has seen.
  await ran(tokens.retagged, FIRST + 20, null, tag);
  await runs(tokens.retagged, null, lost, FIRST + 21);
});

/** Ledger and place among the tokens of what is to be shown. */
const SHOWN = [
  [10, 0],
  [10, 5],
  [20, 0],
  [20, 4],
  [20, 5],
  [20, 6],
  [20, 7],
  [30, 0],
  [30, 4],
].map(([ledger, at]): [number, string] => [FIRST + ledger!, String(ledger! * 100 + at!)]);

test("an account's changes are those of contracts that were tokens then, by their code or their tag's", async () => {
  assert.deepEqual(await shown(alice), SHOWN);
  assert.deepEqual(await shown(bob), SHOWN);
  assert.deepEqual(await shown(bob, { filter: "{ category: BALANCE, reason: CREDIT }" }), SHOWN);
  assert.deepEqual(await shown(bob, { filter: "{ category: BALANCE, reason: MINT }" }), []);
});

test("pages end and begin between what is shown, in both directions, whatever their size", async () => {
  for (const direction of ["forward", "backward"] as const)
    for (const size of [1, 2, 4]) {
      const read = (place: object): Promise<Page<{ node: Change }>> => page(CHANGES, bob, { ...place }, `node { ${NODE} }`);
      const { edges } = await followPages(read, size, direction);
      assert.deepEqual(
        edges.map(({ node }) => [node.ledgerNumber, node.amount]),
        SHOWN,
      );
    }
});

test("transactions, operations and edges show the same, and everybody still has the transactions", async () => {
  const fields = `stateChanges { ... on BalanceChange { amount } }
    node { ledgerNumber stateChanges(first: 20) { edges { node { ... on BalanceChange { amount } } } }
      operations(first: 1) { edges { node { stateChanges(first: 20) { edges { node { ... on BalanceChange { amount } } } } } } } }`;
  interface Edges {
    edges: { node: { amount: string } }[];
  }
  const { edges } = await page<{
    stateChanges: { amount: string }[];
    node: { ledgerNumber: number; stateChanges: Edges; operations: { edges: { node: { stateChanges: Edges } }[] } };
  }>(TRANSACTIONS, bob, { first: 3 }, fields);
  assert.deepEqual(
    edges.map(({ node }) => node.ledgerNumber),
    ledgers,
  );
  for (const { node, stateChanges } of edges) {
    const amounts = SHOWN.filter(([ledger]) => ledger === node.ledgerNumber).map(([, amount]) => amount);
    const both = amounts.flatMap((amount) => [amount, amount]);
    assert.deepEqual(
      stateChanges.map(({ amount }) => amount),
      amounts.toReversed(),
    );
    assert.deepEqual(
      node.stateChanges.edges.map((edge) => edge.node.amount),
      both,
    );
    assert.deepEqual(
      node.operations.edges[0]!.node.stateChanges.edges.map((edge) => edge.node.amount),
      both,
    );
  }
});

test("filters count what is shown alone", async () => {
  const of = (token: string): string => `tokens: ["${textOf(token)}"]`;
  const expected: [filter: string, ledgers: number[]][] = [
    [`{ ${of(tokens.own)} }`, ledgers],
    [`{ ${of(tokens.none)} }`, []],
    [`{ ${of(tokens.unseen)} }`, []],
    [`{ ${of(tokens.unknown)} }`, []],
    [`{ ${of(tokens.becomes)} }`, ledgers.slice(1)],
    [`{ ${of(tokens.wasOne)}, counterparty: "${textOf(alice)}" }`, ledgers.slice(0, 2)],
    [`{ ${of(tokens.tagged)}, kinds: [{ category: BALANCE, reason: CREDIT }] }`, [ledgers[1]!]],
    [`{ ${of(tokens.tagged)}, kinds: [{ category: BALANCE, reason: DEBIT }] }`, []],
    ["{ changed: true }", ledgers],
    ["{ changed: false }", []],
  ];
  for (const [filter, found] of expected) assert.deepEqual(await ledgersOf(bob, filter), found, filter);
});

test("a transaction whose changes are all hidden counts as one without, whatever the link promises", async () => {
  const [carol, dave] = [account("carol"), account("dave")];
  const changes = transfer(tokens.none, 1, 5, [carol, dave]);
  const fee: MadeStateChange = {
    category: "BALANCE",
    reason: "DEBIT",
    account: carol,
    operation: 0,
    stateChangeId: 1,
    tokenId: contract("xlm"),
    amount: "1",
  };
  // More kinds and tokens than a link tells apart.
  const many = Array.from({ length: 40 }, (_, at) => transfer(contract(`spam ${at}`), at * 2 + 1, at, [carol, dave])).flat();
  await writeTransactions(sql, [
    call(2_000, 1, changes, [carol, dave]),
    call(2_001, 1, [fee, ...changes], [carol, dave]),
    call(2_002, 1, [], [carol, dave]),
    call(2_003, 1, many, [carol, dave]),
    call(2_004, 1, transfer(tokens.own, 1, 6, [carol, dave]), [carol, dave]),
  ]);
  assert.deepEqual(await ledgersOf(dave, "{ changed: true }"), [2_004]);
  assert.deepEqual(await ledgersOf(dave, "{ changed: false }"), [2_000, 2_001, 2_002, 2_003]);
  assert.deepEqual(await ledgersOf(carol, "{ changed: true }"), [2_001, 2_004]);
  assert.deepEqual(await ledgersOf(carol, "{ changed: false }"), [2_000, 2_002, 2_003]);
});

test("one statement asks for the code, and none where there is nothing to hide", async () => {
  const quiet = account("quiet");
  await writeTransactions(sql, [
    call(
      3_000,
      1,
      [{ category: "BALANCE", reason: "CREDIT", account: quiet, operation: 1, stateChangeId: 1, tokenId: contract("xlm"), amount: "1" }],
      [quiet],
    ),
  ]);
  await shown(quiet);
  const without = api.lastRecord().statements!;
  await shown(bob);
  assert.equal(api.lastRecord().statements, without + 1);
  // Aliased accounts share it.
  const fields = `{ stateChanges(first: 20) { edges { node { category } } } }`;
  const { errors } = await api.ask(
    `{ a: accountByAddress(address: "${textOf(alice)}") ${fields} b: accountByAddress(address: "${textOf(bob)}") ${fields} }`,
  );
  assert.equal(errors, undefined);
  assert.equal(api.lastRecord().statements, without + 1);
});

test("ten thousand hidden changes in front of one cost pages that are bounded, and a cursor to go on with", async () => {
  const [spammer, victim] = [account("spammer"), account("victim")];
  const spam = Array.from({ length: 10_000 }, (_, at) =>
    call(10_000 + at, 1, transfer(tokens.none, 1, 1, [spammer, victim]), [spammer, victim]),
  );
  await writeTransactions(sql, [...spam, call(20_000, 1, transfer(tokens.own, 1, 77, [spammer, victim]), [spammer, victim])]);
  const statements: number[] = [];
  const read = async (place: object): Promise<Page<{ node: Change }>> => {
    const found = await page<{ node: Change }>(CHANGES, victim, { ...place }, `node { ${NODE} }`);
    statements.push(api.lastRecord().statements!);
    return found;
  };
  const { edges, pages } = await followPages(read, 50, "forward");
  assert.deepEqual(
    edges.map(({ node }) => node.amount),
    ["77"],
  );
  assert.ok(pages <= 11, `${pages} pages`);
  assert.ok(Math.max(...statements) <= 60, String(statements));
  // From the other end it is the first.
  const newest = await page<{ node: Change }>(CHANGES, victim, { last: 1 }, `node { ${NODE} }`);
  assert.deepEqual(
    newest.edges.map(({ node }) => node.amount),
    ["77"],
  );
});

test("a page of transactions that each name as many contracts as the network lets them is not too expensive", async () => {
  const [spammer, crowd] = [account("spammer of many"), account("crowd")];
  // Half of what each names is the page's own: a contract and a ledger are asked for once.
  const spam = Array.from({ length: 100 }, (_, at) =>
    call(
      30_000 + at,
      1,
      Array.from({ length: 99 }, (_none, n) => transfer(contract(`spam ${at} ${n}`), n * 2 + 1, n, [spammer, crowd])).flat(),
      [spammer, crowd],
    ),
  );
  await writeTransactions(sql, spam);
  const { edges } = await page<{ node: { ledgerNumber: number } }>(
    TRANSACTIONS,
    crowd,
    { first: 50 },
    "node { ledgerNumber } stateChanges { category }",
  );
  assert.equal(edges.length, 50);
});

test("ids that are numbers, texts or bytes are shown as the receiver's", async () => {
  const [sender, exchange] = [account("sender"), account("exchange")];
  const members = [{ toMuxedId: "7" }, { keyValue: { to_text: "user 7" } }, { keyValue: { to_bytes: "00ff" } }, {}];
  await writeTransactions(sql, [
    call(
      4_000,
      1,
      members.flatMap((each, at) => transfer(tokens.own, at * 2 + 1, at, [sender, exchange], each)),
      [sender, exchange],
    ),
  ]);
  const { edges } = await page<{ node: Change }>(CHANGES, exchange, {}, `node { ${NODE} }`);
  assert.deepEqual(
    edges.map(({ node }) => [node.toMuxedId, node.depositId]),
    [
      ["7", { kind: "MUXED", value: "7" }],
      [null, { kind: "MEMO", value: "user 7" }],
      [null, { kind: "MEMO", value: "00ff" }],
      [null, null],
    ],
  );
});

sharedTest("who got something of a contract whose code nobody has seen has the transaction, and no change is invented", async () => {
  const reported = await reportApi("sep41-transfer");
  try {
    const { data, errors } = await reported.ask(
      `{ accountByAddress(address: "${PARTIES.b}") { transactions(first: 10) { edges { node { hash operations(first: 5) { edges { node { type accounts { address } } } } }
        operations { type } stateChanges { category } } } balances { edges { node { tokenId } } } stateChanges(first: 10) { edges { node { category } } } } }`,
    );
    assert.equal(errors, undefined, JSON.stringify(errors));
    const { transactions, stateChanges } = data.accountByAddress;
    const calls = transactions.edges.filter(({ operations }: { operations: { type: string }[] }) =>
      operations.some(({ type }) => type === "INVOKE_HOST_FUNCTION"),
    );
    assert.equal(calls.length, 1);
    assert.deepEqual(calls[0].stateChanges, []);
    const [operation] = calls[0].node.operations.edges;
    assert.ok(operation.node.accounts.some(({ address }: { address: string }) => address === PARTIES.b));
    assert.deepEqual(stateChanges.edges, []);
  } finally {
    await reported.close();
  }
});
