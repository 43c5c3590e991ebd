import { HEAVY_ACCOUNT, HEAVY_TRANSACTION } from "./heavy-account.ts";

/** A query that takes as much as it can for its price. */
interface Attack {
  name: string;
  query: string;
  variables?: Readonly<Record<string, unknown>>;
}

const account = (selection: string): string => `{ accountByAddress(address: "${HEAVY_ACCOUNT}") { ${selection} } }`;
const transaction = (selection: string): string => `{ transactionByHash(hash: "${HEAVY_TRANSACTION}") { ${selection} } }`;
const times = (count: number, each: (at: number) => string): string => Array.from({ length: count }, (_, at) => each(at)).join(" ");

/** Attacks on the account of heavy-account.ts: lists without pages, large values, filters, and fields over and over. */
export const ATTACKS: readonly Attack[] = [
  { name: "an edge's state changes", query: account("transactions(first: 100) { edges { stateChanges { category } } }") },
  { name: "the same, 20 transactions", query: account("transactions(first: 20) { edges { stateChanges { category } } }") },
  { name: "the same, 5 transactions", query: account("transactions(first: 5) { edges { stateChanges { category } } }") },
  {
    name: "accounts of an edge's operations",
    query: account("transactions(first: 100) { edges { operations { transaction { accounts { address } } } } }"),
  },
  { name: "an edge's operations' XDR", query: account("transactions(first: 20) { edges { operations { operationXdr } } }") },
  { name: "cursors of heavy transactions", query: account("transactions(first: 100) { edges { cursor } }") },
  { name: "one of many operations of each", query: account("operations(first: 100) { edges { node { transaction { hash } } } }") },
  { name: "accounts of a transaction", query: transaction("accounts { address }") },
  { name: "balances of its accounts", query: transaction("accounts { balances(first: 1) { edges { cursor } } }") },
  { name: "history of its accounts", query: transaction("accounts { transactions(first: 1) { edges { cursor } } }") },
  {
    name: "a filter that nothing matches, 30 aliases",
    query: account(times(30, (at) => `a${at}: transactions(first: 1, filter: { kinds: [{ category: SIGNER }] }) { edges { cursor } }`)),
  },
  {
    name: "$constructor as a page's size",
    query: `query ($constructor: Int) { accountByAddress(address: "${HEAVY_ACCOUNT}") { transactions(first: $constructor) { edges { cursor } } } }`,
    variables: { constructor: 100 },
  },
  {
    name: "300 aliases of one transaction",
    query: `{ ${times(300, (at) => `a${at}: transactionByHash(hash: "${HEAVY_TRANSACTION}") { hash }`)} }`,
  },
  {
    name: "a fragment, 300 times",
    query: `${account(`transactions(first: 5) { edges { stateChanges { ${times(300, () => "...F")} } } }`)} fragment F on BaseStateChange { category reason }`,
  },
];
