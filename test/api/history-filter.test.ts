import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as xdr from "@stellar/stellar-sdk/xdr";
import * as fc from "fast-check";
import { byteaBytes, byteaText } from "../../functions/shared/columns/bytea.ts";
import { nativeContract } from "../../functions/shared/columns/contract-id.ts";
import { type DecodedStateChange, Payload } from "../../functions/shared/columns/history/payload-decoder.ts";
import { isSuccessful } from "../../functions/shared/columns/transaction-result.ts";
import { accountOfColumn, partyOf } from "../../functions/serve/values/addresses.ts";
import { assetContract } from "../../functions/serve/values/asset-contract.ts";
import { testDatabase } from "../fixtures/database.ts";
import { type Direction, followPages, type Page } from "../fixtures/follow-pages.ts";
import { PUBNET } from "../fixtures/golden-ledgers.ts";
import { testApi } from "../fixtures/serve-handler.ts";
import { hasShared, sharedTest } from "../fixtures/shared.ts";

/** `PAGES_SEED=2 node --test …` tries other filters. */
const SEED = Number(process.env.PAGES_SEED ?? 1);

const database = await testDatabase("chain");
const sql = database.connect();
const api = testApi(database.url, { graphqlComplexityLimit: 100_000_000, networkPassphrase: PUBNET });
after(() => api.close());

interface Filter {
  changed?: boolean | null;
  kinds?: { category: string; reason?: string | null }[] | null;
  tokens?: string[] | null;
  counterparty?: string | null;
  successful?: boolean | null;
  memo?: string | null;
}

interface Known {
  hash: string;
  successful: boolean;
  memo: xdr.Memo;
  participants: Set<string>;
  /** By the account that they are of. */
  changes: Map<string, DecodedStateChange[]>;
}

function memoOf({ envelopeType, transactionXdr }: Payload): xdr.Memo {
  return envelopeType === "v0" ? xdr.TransactionV0.fromXdr(transactionXdr).memo : xdr.Transaction.fromXdr(transactionXdr).memo;
}

const NATIVE = byteaText(nativeContract(PUBNET));
/** Every transaction, ascending; addresses are columns. */
const transactions: Known[] = [];
/** `CODE:ISSUER` by the column of its contract. */
const assets = new Map<string, string>();
/** Accounts as columns: busy and quiet ones, an issuer, contracts, and one that never changes. */
let accounts: string[] = [];

before(async () => {
  if (!hasShared) return;
  const rows = await sql<
    { hash: string; payload: string }[]
  >`select encode(hash, 'hex') as hash, payload::text from transactions order by to_id`;
  for (const { hash, payload: packed } of rows) {
    const payload = new Payload(byteaBytes(packed), NATIVE);
    transactions.push({
      hash,
      successful: isSuccessful(payload.resultCode),
      memo: memoOf(payload),
      participants: new Set(payload.accounts),
      changes: Map.groupBy(payload.stateChanges(), ({ account }) => account),
    });
  }
  const issued = await sql<{ asset: string }[]>`select code || ':' || issuer as asset from trustline_assets`;
  for (const { asset } of issued) assets.set(columnOf(assetContract(PUBNET, asset)), asset);
  const all = [...new Set(transactions.flatMap(({ participants }) => [...participants]))].sort();
  const sizes = new Map(all.map((column) => [column, { of: 0, changed: 0, kinds: new Set<string>(), tokens: new Set<string>() }]));
  for (const { participants, changes } of transactions)
    for (const column of participants) {
      const size = sizes.get(column)!;
      size.of++;
      for (const { category, reason, tokenId } of changes.get(column) ?? []) {
        size.changed++;
        size.kinds.add(`${category}/${reason}`);
        if (tokenId !== null) size.tokens.add(tokenId);
      }
    }
  const most = (by: (size: { of: number; changed: number; kinds: Set<string>; tokens: Set<string> }) => number, of = all): string =>
    of.reduce((best, column) => (by(sizes.get(column)!) > by(sizes.get(best)!) ? column : best));
  accounts = [
    ...new Set([
      ...tradersOfTwoTokens(),
      most(({ of }) => of),
      most(({ changed }) => changed),
      most(({ kinds }) => kinds.size),
      most(({ tokens }) => tokens.size),
      most(({ of, kinds }) => (kinds.has("BALANCE/MINT") && kinds.has("BALANCE/BURN") ? of : -1)),
      most(({ of, changed }) => (changed === 0 ? of : -1)),
      most(({ of, changed }) => (changed > 0 && changed < of ? of : -1)),
      most(
        ({ of, changed }) => (changed > 0 ? of : -1),
        all.filter((column) => column.startsWith("\\x10")),
      ),
      ...all
        .filter((column) => sizes.get(column)!.of >= 12 && sizes.get(column)!.of <= 60 && sizes.get(column)!.tokens.size > 1)
        .slice(0, 3),
    ]),
  ];
});

/** Two accounts that trade on a path: others in the same operation go the other way, though not with them. */
function tradersOfTwoTokens(): string[] {
  const found = new Set<string>();
  for (const { changes } of transactions) {
    const moves = [...changes.values()].flat().filter(({ category, operation }) => category === "BALANCE" && operation > 0);
    for (const own of moves) {
      const elsewhere = moves.some(
        (other) =>
          other.operation === own.operation &&
          other.account !== own.account &&
          (other.reason === "CREDIT") !== (own.reason === "CREDIT") &&
          !moves.some(({ account, counterparty }) => account === own.account && counterparty === other.account),
      );
      if (elsewhere) found.add(own.account);
      if (found.size === 2) return [...found];
    }
  }
  return [...found];
}

function columnOf(text: string): string {
  const found = partyOf(text);
  assert.ok(found !== null, text);
  return found.column;
}

/** All texts that a memo is found by. */
function textsOf(memo: xdr.Memo): string[] {
  const bytes = Buffer.from(memo.toXdr());
  switch (memo.type) {
    case "memoNone":
      return [];
    case "memoText":
      return [memo.text.toString()];
    case "memoId":
      return [String(memo.id)];
    default:
      return [bytes.toString("hex", 4), bytes.toString("hex", 4).toUpperCase(), bytes.toString("base64", 4)];
  }
}

/** Does the transaction match, by the text of the filter and what the payload holds? */
function expected(account: string, filter: Filter, { successful, changes, memo }: Known): boolean {
  const own = changes.get(account) ?? [];
  const tokens = filter.tokens?.map((text) =>
    text === "native" ? NATIVE : text.includes(":") ? columnOf(assetContract(PUBNET, text)) : columnOf(text),
  );
  if (typeof filter.successful === "boolean" && filter.successful !== successful) return false;
  if (typeof filter.memo === "string" && !textsOf(memo).includes(filter.memo)) return false;
  if (typeof filter.changed === "boolean" && filter.changed !== own.length > 0) return false;
  if (!filter.kinds && !tokens && !filter.counterparty) return true;
  return own.some((change) => {
    const isOfKind =
      !filter.kinds ||
      filter.kinds.some(({ category, reason }) => category === change.category && (reason ?? change.reason) === change.reason);
    const isOfToken = !tokens || (change.tokenId !== null && tokens.includes(change.tokenId));
    return isOfKind && isOfToken && (!filter.counterparty || change.counterparty === columnOf(filter.counterparty));
  });
}

const QUERY = `query ($address: String!, $filter: AccountTransactionFilterInput, $first: Int, $after: String, $last: Int, $before: String) {
  accountByAddress(address: $address) {
    transactions(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
      edges { cursor node { hash } } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } } }`;

type Edge = { cursor: string; node: { hash: string } };

async function walk(account: string, filter: Filter | null, size: number, direction: Direction): Promise<Edge[]> {
  const address = accountOfColumn(account).text;
  const { edges } = await followPages<Edge>(
    async (page) => {
      const { data, errors } = await api.ask(QUERY, { address, filter, ...page });
      assert.equal(errors, undefined, JSON.stringify(errors));
      return data.accountByAddress.transactions as Page<Edge>;
    },
    size,
    direction,
  );
  return edges;
}

/** Filters of what an account has, and of what it has not. */
function filtersOf(account: string): fc.Arbitrary<Filter> {
  const own = transactions.flatMap(({ changes }) =>
    (changes.get(account) ?? []).map((change) => ({ change, all: [...changes.values()].flat() })),
  );
  const kinds = [...new Set(own.map(({ change }) => `${change.category}/${change.reason}`))].map((text) => {
    const [category, reason] = text.split("/") as [string, string];
    return { category, reason };
  });
  const tokens = [...new Set(own.flatMap(({ change }) => change.tokenId ?? []))].map(
    (column) => (column === NATIVE ? "native" : assets.get(column)) ?? accountOfColumn(column).text,
  );
  const sides = [...new Set(own.slice(0, 2_000).flatMap(({ change }) => change.counterparty ?? []))].map(
    (column) => accountOfColumn(column).text,
  );
  // Of the same operations, mostly in other tokens or the same way.
  const near = [
    ...new Set(own.slice(0, 500).flatMap(({ change, all }) => all.filter(({ operation }) => operation === change.operation))),
  ].map(({ account: column }) => accountOfColumn(column).text);
  const memos = new Set(transactions.filter(({ participants }) => participants.has(account)).flatMap(({ memo }) => textsOf(memo)));
  const kind = fc.oneof(
    fc.constantFrom(...kinds, { category: "DATA_ENTRY", reason: "ADD" }, { category: "BALANCE", reason: "ADD" }),
    fc.constantFrom(...kinds.map(({ category }) => ({ category })), { category: "TRUSTLINE", reason: null }),
  );
  const token = fc.constantFrom(...tokens, "native", "NONE:GA5ZSEJYB37JRC5AVCIA5MOP4RHTM335X2KGX3IHOJAPP5RE34K4KZVN");
  // Most filters have one or two conditions: more of them are seldom met.
  const seldom = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | null> =>
    fc.oneof({ arbitrary: fc.constant(null), weight: 2 }, { arbitrary: value, weight: 1 });
  return fc.record({
    changed: seldom(fc.boolean()),
    kinds: seldom(fc.array(kind, { minLength: 1, maxLength: 3 })),
    tokens: seldom(fc.array(token, { minLength: 1, maxLength: 3 })),
    counterparty: seldom(
      fc.constantFrom(...sides, ...sides, ...new Set(near), accountOfColumn(account).text, accountOfColumn(accounts[0]!).text),
    ),
    successful: seldom(fc.boolean()),
    memo: fc.oneof({ arbitrary: fc.constant(null), weight: 6 }, { arbitrary: fc.constantFrom(...memos, "no such memo"), weight: 1 }),
  });
}

sharedTest("the accounts differ", () => {
  assert.ok(accounts.length >= 9, accounts.join());
  const lengths = accounts.map((account) => transactions.filter(({ participants }) => participants.has(account)).length);
  assert.ok(Math.max(...lengths) > 500 && Math.min(...lengths) < 50, lengths.join());
});

sharedTest(`a filtered walk is the unfiltered one, filtered, with any page size and direction (seed ${SEED})`, async () => {
  const tally = { some: 0, none: 0, all: 0 };
  for (const account of accounts) {
    const own = transactions.filter(({ participants }) => participants.has(account));
    const unfiltered = await walk(account, null, 100, "forward");
    assert.deepEqual(
      unfiltered.map(({ node }) => node.hash),
      own.map(({ hash }) => hash),
    );
    await fc.assert(
      fc.asyncProperty(
        filtersOf(account),
        fc.integer({ min: 1, max: 100 }),
        fc.constantFrom("forward", "backward"),
        async (filter, size, direction) => {
          const matching = own.map((transaction) => expected(account, filter, transaction));
          const edges = unfiltered.filter((_, at) => matching[at]);
          tally[edges.length === 0 ? "none" : edges.length === own.length ? "all" : "some"]++;
          assert.deepEqual(await walk(account, filter, Math.max(size, Math.ceil(edges.length / 30)), direction), edges);
        },
      ),
      { seed: SEED, numRuns: 60, endOnFailure: true },
    );
  }
  assert.ok(tally.some > 25 && tally.none > 20 && tally.all > 10, JSON.stringify(tally));
});

sharedTest("an empty filter, and members that are null, are no conditions", async () => {
  const account = accounts.at(-1)!;
  const all = await walk(account, null, 100, "forward");
  assert.deepEqual(await walk(account, {}, 100, "forward"), all);
  const none = { changed: null, kinds: null, tokens: null, counterparty: null, successful: null, memo: null };
  assert.deepEqual(await walk(account, none, 100, "forward"), all);
});

sharedTest("a token has the same transactions by each of its names", async () => {
  const issuedOf = (of: string): string | undefined =>
    transactions
      .flatMap(({ changes }) => changes.get(of) ?? [])
      .flatMap(({ tokenId }) => tokenId ?? [])
      .find((contract) => assets.has(contract));
  const account = accounts.find((of) => issuedOf(of) !== undefined)!;
  const column = issuedOf(account)!;
  const asset = assets.get(column)!;
  const byAsset = await walk(account, { tokens: [asset] }, 100, "forward");
  assert.ok(byAsset.length > 0);
  assert.deepEqual(await walk(account, { tokens: [accountOfColumn(column).text] }, 100, "forward"), byAsset);
  assert.deepEqual(
    await walk(account, { tokens: ["native"] }, 100, "forward"),
    await walk(account, { tokens: [accountOfColumn(NATIVE).text] }, 100, "forward"),
  );
});

sharedTest("a liquidity pool and a claimable balance are found as counterparties", async () => {
  for (const version of ["\\x58", "\\x08"]) {
    const change = transactions
      .flatMap(({ participants, changes }) => [...changes.values()].flat().filter(({ account }) => participants.has(account)))
      .find(({ counterparty }) => counterparty?.startsWith(version));
    assert.ok(change, version);
    const filter = { counterparty: accountOfColumn(change.counterparty!).text };
    const found = await walk(change.account, filter, 100, "backward");
    assert.deepEqual(
      found.map(({ node }) => node.hash),
      transactions
        .filter((transaction) => transaction.participants.has(change.account) && expected(change.account, filter, transaction))
        .map(({ hash }) => hash),
    );
    assert.ok(found.length > 0);
  }
});

const ADDRESS = "GA5ZSEJYB37JRC5AVCIA5MOP4RHTM335X2KGX3IHOJAPP5RE34K4KZVN";
const refusal = async (filter: unknown) => {
  const { data, errors } = await api.ask(QUERY, { address: ADDRESS, filter });
  assert.equal(data?.accountByAddress ?? null, null);
  assert.equal(errors?.length, 1);
  return { code: errors[0]!.extensions.code, path: errors[0]!.path?.slice(2), message: errors[0]!.message };
};

sharedTest("memos of every type find their account's transactions, by each of their texts", async () => {
  for (const type of ["memoText", "memoId", "memoHash"]) {
    const texts = new Set(transactions.flatMap(({ memo }) => (memo.type === type ? textsOf(memo) : [])));
    assert.ok(texts.size > 0, type);
    for (const memo of [...texts].slice(0, 10)) {
      const of = transactions.filter((transaction) => textsOf(transaction.memo).includes(memo));
      // Asset contracts take part in nearly everything.
      const account = [...of[0]!.participants].find((column) => column.startsWith("\\x30"))!;
      assert.deepEqual(
        (await walk(account, { memo }, 100, "forward")).map(({ node }) => node.hash),
        of.filter(({ participants }) => participants.has(account)).map(({ hash }) => hash),
        memo,
      );
    }
  }
});

test("what is no token, address or list is refused at its path", async () => {
  const notTokens = [
    "",
    "XLM",
    "Native",
    ADDRESS,
    `${ADDRESS}:USDC`,
    "USDC:",
    `USDC:${ADDRESS.slice(0, -1)}A`,
    `TOOLONGACODE1:${ADDRESS}`,
    `US-C:${ADDRESS}`,
    `USDC:${ADDRESS}:X`,
    `C${"A".repeat(55)}`,
  ];
  for (const token of notTokens) {
    const { code, path, message } = await refusal({ tokens: ["native", token] });
    assert.deepEqual([code, path], ["BAD_USER_INPUT", ["filter", "tokens", 1]], token);
    assert.match(message, /contract address/);
  }
  for (const counterparty of [
    "",
    "x",
    "native",
    `USDC:${ADDRESS}`,
    `${ADDRESS.slice(0, -1)}A`,
    `L${ADDRESS.slice(1)}`,
    `B${ADDRESS.slice(1)}AA`,
  ]) {
    const { code, path, message } = await refusal({ counterparty });
    assert.deepEqual([code, path], ["INVALID_ADDRESS", ["filter", "counterparty"]], counterparty);
    assert.match(message, /liquidity pool \(L\.\.\.\) or claimable balance/);
  }
  const many = Array.from({ length: 31 }, () => "native");
  for (const [name, list] of [
    ["tokens", []],
    ["tokens", many],
    ["kinds", []],
    ["kinds", many.map(() => ({ category: "BALANCE" }))],
  ] as const) {
    const { code, path } = await refusal({ [name]: list });
    assert.deepEqual([code, path], ["BAD_USER_INPUT", ["filter", name]]);
  }
  // Conditions that contradict each other are no reason to let a bad value pass.
  assert.equal((await refusal({ changed: false, tokens: ["x"] })).code, "BAD_USER_INPUT");
});

test("kinds that the schema does not have are refused before anything is read", async () => {
  for (const kinds of [[{ category: "MONEY" }], [{ reason: "DEBIT" }], [{ category: "BALANCE", reason: "GIVEN" }], [null]]) {
    const { errors } = await api.ask(QUERY, { address: ADDRESS, filter: { kinds } });
    assert.ok(errors !== undefined && errors.length > 0, JSON.stringify(kinds));
  }
});

test("conditions that no transaction can meet need no statement", async () => {
  for (const filter of [
    { changed: false, tokens: ["native"] },
    { kinds: [{ category: "BALANCE", reason: "ADD" }] },
    { kinds: [{ category: "SIGNER" }], counterparty: ADDRESS },
    { memo: "longer than any text memo can be" },
  ]) {
    const { data } = await api.ask(QUERY, { address: ADDRESS, filter, first: 1 });
    assert.deepEqual(data.accountByAddress.transactions, {
      edges: [],
      pageInfo: { startCursor: null, endCursor: null, hasNextPage: false, hasPreviousPage: false },
    });
    assert.equal(api.lastRecord().statements, 0);
  }
});

test("a filter does not change what a query costs", async () => {
  const price = async (filter: Filter | null) => (await api.ask(QUERY, { address: ADDRESS, filter, first: 20 })).extensions?.cost;
  assert.deepEqual(await price({ changed: true, tokens: ["native"], kinds: [{ category: "BALANCE" }] }), await price(null));
});
