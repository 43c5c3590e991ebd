import assert from "node:assert/strict";
import { after, before } from "node:test";
import { STATE_CHANGE_NODE } from "../fixtures/connection-pages.ts";
import { testDatabase } from "../fixtures/database.ts";
import { historyTables } from "../fixtures/history-tables.ts";
import { testApi } from "../fixtures/serve-handler.ts";
import { hasShared, sharedTest } from "../fixtures/shared.ts";

const database = await testDatabase("chain");
const sql = database.connect();
// The lists here are dearer than the default limit allows; what is tested is what they answer.
const api = testApi(database.url, {
  graphqlComplexityLimit: 100_000_000,
  networkPassphrase: "Public Global Stellar Network ; September 2015",
});
after(() => api.close());

const PAGE_INFO = "pageInfo { startCursor endCursor hasNextPage hasPreviousPage }";
const EDGES: Record<string, string> = {
  transactions: `{ edges { cursor node { hash } operations { id } stateChanges { ${STATE_CHANGE_NODE} } } ${PAGE_INFO} }`,
  operations: `{ edges { cursor node { id type transaction { hash } } } ${PAGE_INFO} }`,
  stateChanges: `{ edges { cursor node { ${STATE_CHANGE_NODE} } } ${PAGE_INFO} }`,
  balances: `{ edges { cursor node { __typename balance tokenId } } ${PAGE_INFO} }`,
  sep41Allowances: `{ edges { cursor node { owner spender tokenId amount } } ${PAGE_INFO} }`,
  allowancesReceived: `{ edges { cursor node { owner spender tokenId amount } } ${PAGE_INFO} }`,
  claimableBalances: `{ edges { cursor node { id amount claimableNow spamReasons claimants { destination } } } ${PAGE_INFO} }`,
  nfts: `{ edges { cursor node { contract { contractId } tokenId owner lastModifiedLedger } } ${PAGE_INFO} }`,
  offers: `{ edges { cursor node { id amount price { decimal } } } ${PAGE_INFO} }`,
};

/** The beginnings of the connections' types. */
const CONNECTIONS: Record<string, string> = {
  transactions: "AccountTransaction",
  operations: "Operation",
  stateChanges: "StateChange",
  balances: "Balance",
  sep41Allowances: "SEP41Allowance",
  allowancesReceived: "SEP41Allowance",
  claimableBalances: "ClaimableBalance",
  offers: "Offer",
  nfts: "NFT",
};

/** Transactions of the chain: with many participants, with accounts beside contracts, of busy accounts. */
const hashes: string[] = [];
/** Arguments by connection; filled with times, cursors and ids of the chain. */
const variants: Record<string, string[]> = {};

async function accountsOf(hash: string): Promise<string[]> {
  const { data } = await api.ask(`{ transactionByHash(hash: "${hash}") { accounts { address } } }`);
  return data.transactionByHash.accounts.map(({ address }: { address: string }) => address);
}

before(async () => {
  if (!hasShared) return;
  // What the chain lacks: approvals. Two spenders for every third holder, of two tokens.
  await sql`insert into sep41_allowances (owner_id, spender_id, contract_id, amount, expiration_ledger, last_modified_ledger)
    select owner.account_id, spender.account_id, token.id, row_number() over (), 2000000000, 64001030
    from (select account_id from accounts order by account_id) owner,
      (select account_id from accounts order by account_id desc limit 2) spender, (select id from contract_tokens where type = 'SAC' order by id limit 2) token`;
  // And what they gave in turn.
  await sql`insert into sep41_allowances (owner_id, spender_id, contract_id, amount, expiration_ledger, last_modified_ledger)
    select spender_id, owner_id, contract_id, amount, expiration_ledger, last_modified_ledger from sep41_allowances on conflict do nothing`;
  await historyTables(sql);
  const rows = await sql<{ hash: string; to_id: string }[]>`
    with busy as (select account_id from state_changes group by 1 order by count(*) desc limit 40),
      wide as (
        select s.to_id, count(distinct s.account_id) as accounts, bool_or(get_byte(s.account_id, 0) = 16) as contracts,
          count(*) filter (where s.account_id in (select account_id from busy)) as busy
        from state_changes s where s.ledger_number >= 64001050 group by 1)
    select encode(t.hash, 'hex') as hash, t.to_id from transactions t join (
      (select to_id from wide order by accounts desc, to_id limit 2) union
      (select to_id from wide where contracts and accounts > 2 order by busy desc, to_id limit 2) union
      (select to_id from wide where accounts = 2 order by busy desc, to_id limit 1)) w on w.to_id = t.to_id order by t.to_id`;
  hashes.push(...rows.map(({ hash }) => hash));
  const [address] = await accountsOf(hashes[0]!);
  const { data } = await api.ask(
    `{ accountByAddress(address: "${address}") { transactions(first: 2) { edges { cursor node { hash ledgerCreatedAt } } } operations(last: 1) { edges { cursor node { id } } } stateChanges(first: 3) { edges { cursor } } } }`,
  );
  const { transactions, operations, stateChanges } = data.accountByAddress;
  const [time, hash] = [transactions.edges.at(-1).node.ledgerCreatedAt, transactions.edges.at(-1).node.hash];
  const history = (cursor: string): string[] => [
    "",
    "(first: 2)",
    "(last: 3)",
    `(first: 4, after: "${cursor}")`,
    `(last: 4, before: "${cursor}")`,
    `(before: "${cursor}")`,
    `(since: "${time}", first: 5)`,
    `(until: "${time}", last: 5)`,
    `(since: "${time}", until: "${time}")`,
  ];
  const text = (value: string): string => Buffer.from(value).toString("base64");
  variants.transactions = history(transactions.edges.at(-1).cursor);
  variants.operations = history(operations.edges[0].cursor);
  variants.stateChanges = [
    ...history(stateChanges.edges.at(-1).cursor),
    "(filter: { category: TRUSTLINE }, first: 3)",
    "(filter: { reason: CREDIT }, last: 3)",
    "(filter: { operationId: 0 }, first: 3)",
    `(filter: { transactionHash: "${hash}" })`,
    `(filter: { transactionHash: "${hashes.at(-1)}", category: BALANCE })`,
    `(filter: { operationId: ${operations.edges[0].node.id}, reason: DEBIT })`,
    `(filter: { transactionHash: "${"0".repeat(64)}" })`,
  ];
  const [token] = await sql<{ id: string }[]>`select id from contract_tokens order by id limit 1`;
  variants.balances = [
    "",
    "(first: 1)",
    "(last: 2)",
    `(first: 2, after: "${text("v1:native:native")}")`,
    `(last: 2, before: "${text("v1:native:native")}")`,
    `(last: 3, before: "${text(`v1:sep41:${token!.id}`)}")`,
  ];
  // What the chain lacks: those of these accounts. Every third can be claimed.
  await sql`insert into claimable_balances (balance_id, amount, since_ledger, last_modified_ledger, is_clawback_enabled, claimants)
    select '\\x0800'::bytea || sha256(account_id || i::text::bytea), i, i / 3, 1, false, '\\x0000000100000000'::bytea || '\\x00000000' || substring(account_id from 2)
      || case i % 3 when 0 then '\\x00000000'::bytea else '\\x000000040000000000000001'::bytea end
    from accounts, generate_series(1, 12) i where get_byte(account_id, 0) = 48`;
  await sql`insert into claimable_balance_claimants select since_ledger, '\\x30' || substring(claimants from 13 for 32), balance_id from claimable_balances where last_modified_ledger = 1`;
  await sql`insert into offers select row_number() over (), i, 1, i, 1, false, null, null, account_id, null from accounts, generate_series(1, 4) i where get_byte(account_id, 0) = 48
    on conflict do nothing`;
  // Half of what each has stands by itself, half in ranges, in two contracts.
  await sql`insert into contract_tokens (id, contract_id, type) select md5(i::text)::uuid, 'C' || i, 'SEP50' from generate_series(1, 2) i`;
  await sql`insert into nfts (contract_id, token_id, owner_id, is_stored, last_modified_ledger)
    select md5((at % 2 + 1)::text)::uuid, at * 10 + i, account_id, true, i from (select account_id, row_number() over (order by account_id) as at from accounts) a, generate_series(1, 4) i`;
  await sql`insert into nft_ranges (contract_id, first_id, last_id, owner_id, minted_ledger, next_id)
    select md5((at % 2 + 1)::text)::uuid, at * 10 + 4, at * 10 + 8, account_id, 9, at * 10 + 4 from (select account_id, row_number() over (order by account_id) as at from accounts) a`;
  const holder = (await accountsOf(hashes[0]!)).find((account) => account.startsWith("G"));
  const places = (
    await api.ask(
      `{ accountByAddress(address: "${holder}") { claimableBalances(first: 5) { edges { cursor } } offers { edges { cursor } } nfts(first: 3) { edges { cursor } } } }`,
    )
  ).data.accountByAddress;
  const [balance, offer] = [places.claimableBalances.edges.at(-1).cursor, places.offers.edges[0].cursor];
  variants.claimableBalances = [
    "",
    "(first: 5)",
    "(last: 4)",
    `(first: 4, after: "${balance}")`,
    `(last: 4, before: "${balance}")`,
    "(claimable: NOW, first: 2)",
    `(claimable: NOW, first: 2, after: "${balance}")`,
    `(claimable: LATER, last: 3)`,
  ];
  const nft = places.nfts.edges.at(-1).cursor;
  variants.nfts = ["", "(first: 1)", "(last: 2)", `(first: 4, after: "${nft}")`, `(last: 2, before: "${nft}")`];
  variants.offers = ["", "(first: 1)", "(last: 2)", `(after: "${offer}")`, `(last: 1, before: "${offer}")`];
  const [spender] = (await api.ask(`{ accountByAddress(address: "${address}") { sep41Allowances(first: 1) { edges { cursor } } } }`)).data
    .accountByAddress.sep41Allowances.edges;
  variants.sep41Allowances = [
    "",
    "(first: 1)",
    "(last: 2)",
    ...(spender ? [`(after: "${spender.cursor}")`, `(last: 1, before: "${spender.cursor}")`] : []),
  ];
  variants.allowancesReceived = variants.sep41Allowances;
});

for (const [field, edges] of Object.entries(EDGES)) {
  sharedTest(`${field} below a list of accounts are those of each account`, async () => {
    let filled = 0;
    for (const hash of hashes) {
      const accounts = await accountsOf(hash);
      for (const args of variants[field]!) {
        const nested = await api.ask(`{ transactionByHash(hash: "${hash}") { accounts { address of: ${field}${args} ${edges} } } }`);
        assert.equal(nested.errors, undefined, JSON.stringify(nested.errors));
        const list = nested.data.transactionByHash.accounts as { address: string; of: { edges: unknown[] } }[];
        assert.deepEqual(
          list.map(({ address }) => address),
          accounts,
        );
        for (const { address, of } of list) {
          const alone = await api.ask(`{ accountByAddress(address: "${address}") { of: ${field}${args} ${edges} } }`);
          assert.deepEqual(of, alone.data.accountByAddress.of, `${field}${args} of ${address}`);
          filled += of.edges.length > 0 ? 1 : 0;
        }
      }
    }
    assert.ok(filled > 10, `only ${filled} pages had rows`);
  });

  sharedTest(`${field} of aliased accounts and aliased pages do not mix`, async () => {
    const accounts = (await accountsOf(hashes[0]!)).slice(0, 6);
    const pages = variants[field]!.map((args, at) => `p${at}: ${field}${args} { ...Page }`).join(" ");
    const fragment = `fragment Page on ${CONNECTIONS[field]}Connection ${edges}`;
    const together = await api.ask(
      `{ ${accounts.map((address, at) => `a${at}: accountByAddress(address: "${address}") { ${pages} }`).join(" ")} } ${fragment}`,
    );
    assert.equal(together.errors, undefined, JSON.stringify(together.errors));
    for (const [at, address] of accounts.entries()) {
      for (const [page, args] of variants[field]!.entries()) {
        const alone = await api.ask(`{ accountByAddress(address: "${address}") { p: ${field}${args} ${edges} } }`);
        assert.deepEqual(together.data[`a${at}`][`p${page}`], alone.data.accountByAddress.p, `${field}${args} of ${address}`);
      }
    }
  });
}

/** Statements of a query below the accounts of a transaction, beside those that find the transaction and the newest ledger. */
async function statements(hash: string, selection: string): Promise<number> {
  const { errors } = await api.ask(`{ transactionByHash(hash: "${hash}") { accounts { ${selection} } } }`);
  assert.equal(errors, undefined, JSON.stringify(errors));
  return api.lastRecord().statements! - 3;
}

sharedTest("a list of accounts costs as many statements as one account", async () => {
  const sizes = await Promise.all(hashes.map(async (hash) => (await accountsOf(hash)).length));
  assert.ok(Math.max(...sizes) >= 4 * Math.min(...sizes), sizes.join());
  for (const [selection, most] of [
    ["address", 0],
    ["transactions(first: 1) { edges { node { hash } } }", 2],
    ["transactions(first: 1) { edges { node { hash } operations { id } stateChanges { reason } } }", 2],
    ["operations(last: 1) { edges { node { id } } }", 2],
    // One more where the first links that are read promise too little.
    ["stateChanges(last: 2) { edges { node { reason } } }", 3],
    ["stateChanges(last: 2, filter: { category: SIGNER }) { edges { node { reason } } }", 3],
    ["stateChanges(last: 2) { edges { node { transaction { hash } operation { id } } } }", 3],
    // One for each kind of address.
    ["balances { edges { cursor } }", 2],
    ["sep41Allowances { edges { cursor } }", 1],
    ["allowancesReceived { edges { cursor } }", 1],
    [
      "transactions(last: 1) { edges { node { operations(first: 2) { edges { node { stateChanges(first: 2) { edges { cursor } } } } } } } }",
      2,
    ],
    ["operations(last: 1) { edges { node { transaction { hash } accounts { stateChanges(last: 1) { edges { cursor } } } } } }", 6],
    ["transactions(last: 1) { edges { node { accounts { balances(first: 1) { edges { cursor } } } } } }", 4],
  ] as const) {
    for (const [at, hash] of hashes.entries()) {
      const sent = await statements(hash, selection);
      assert.ok(sent <= most, `${sent} statements, not ${most}, below ${sizes[at]} accounts: ${selection}`);
    }
  }
});

sharedTest("a page's rows load their parents and children together", async () => {
  const [address] = await accountsOf(hashes[0]!);
  const count = async (selection: string): Promise<number> => {
    const { errors } = await api.ask(`{ accountByAddress(address: "${address}") { ${selection} } }`);
    assert.equal(errors, undefined, JSON.stringify(errors));
    return api.lastRecord().statements! - 1;
  };
  for (const selection of [
    "transactions(first: SIZE) { edges { node { operations { edges { node { stateChanges { edges { cursor } } accounts { address } } } } stateChanges { edges { cursor } } } operations { id } stateChanges { operation { id } } } }",
    "operations(first: SIZE) { edges { node { transaction { hash accounts { address } } stateChanges { edges { node { account { address } } } } } } }",
    "stateChanges(first: SIZE) { edges { node { transaction { hash operations { edges { cursor } } } operation { id transaction { hash } } account { balances { edges { cursor } } } } } }",
  ]) {
    const [few, many] = [await count(selection.replace("SIZE", "20")), await count(selection.replace("SIZE", "100"))];
    // Rows that ask for the same in two ticks, as answers come in, take a statement more.
    assert.ok(many <= few + 1, `${few} statements for 20 rows, ${many} for 100: ${selection}`);
    assert.ok(many <= 10, `${many} statements`);
  }
});
