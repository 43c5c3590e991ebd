import { pageVariables, rangeVariables } from "./arguments.ts";
import { authorization } from "./authorization.ts";
import { GraphqlError, HttpError, NotFoundError, type GraphqlErrorEntry } from "./errors.ts";
import { parseAnswer, requestBody } from "./json.ts";
import { walk } from "./pagination.ts";
import { QUERIES } from "./queries.ts";
import type { Signer } from "./signer.ts";
import type {
  Allowance,
  Balance,
  Edge,
  HistoryEdge,
  Operation,
  Page,
  PageArguments,
  StateChange,
  StateChangeFilter,
  TimeRange,
  Transaction,
} from "./types.ts";

export interface ClientOptions {
  /** Signs requests; without one they go unsigned. */
  signer?: Signer;
  /** Bound of one request, milliseconds; 30,000 by default. */
  timeout?: number;
  /** Another `fetch`. */
  fetch?: typeof fetch;
}

const TIMEOUT_MS = 30_000;

type Variables = Record<string, unknown>;
type Root = "account" | "transaction" | "operation";
const FIELDS: Readonly<Record<Root, string>> = {
  account: "accountByAddress",
  transaction: "transactionByHash",
  operation: "operationById",
};

/**
 * A client of the wallet backend's API, with the queries of the reference client. Amounts are strings, ids bigint, times RFC 3339 texts.
 * Every method throws HttpError, GraphqlError or NotFoundError; those that take a page throw ArgumentError before sending.
 * @example
 * const client = new WalletClient("https://wallet.example", { signer: await createSigner(seed) });
 * for await (const { node } of client.balances(address)) console.log(node.__typename, node.balance);
 */
export class WalletClient {
  readonly #url: URL;
  readonly #signer: Signer | undefined;
  readonly #timeout: number;
  readonly #fetch: typeof fetch;

  /** @param baseUrl `/graphql/query` is added to its path */
  constructor(baseUrl: string | URL, { signer, timeout = TIMEOUT_MS, fetch: fetchBy = fetch }: ClientOptions = {}) {
    this.#url = new URL(baseUrl);
    this.#url.pathname = `${this.#url.pathname.replace(/\/+$/, "")}/graphql/query`;
    this.#signer = signer;
    this.#timeout = timeout;
    this.#fetch = fetchBy;
  }

  /** @param hash 64 hex digits */
  transactionByHash(hash: string): Promise<Transaction> {
    return this.#root("transaction", QUERIES.transactionByHash, { hash });
  }

  operationById(id: bigint): Promise<Operation> {
    return this.#root("operation", QUERIES.operationById, { id });
  }

  /** Every valid address is an account, known or not. @throws GraphqlError INVALID_ADDRESS */
  accountByAddress(address: string): Promise<{ address: string }> {
    return this.#root("account", QUERIES.accountByAddress, { address });
  }

  accountTransactions(address: string, page: PageArguments = {}, range: TimeRange = {}): Promise<Page<Edge<Transaction>>> {
    return this.#page("account", "transactions", QUERIES.accountTransactions, { address, ...rangeVariables(range) }, page);
  }

  /** Transactions, each with the account's operations and state changes in it. */
  accountHistory(address: string, page: PageArguments = {}, range: TimeRange = {}): Promise<Page<HistoryEdge>> {
    return this.#page("account", "transactions", QUERIES.accountHistory, { address, ...rangeVariables(range) }, page);
  }

  accountOperations(address: string, page: PageArguments = {}, range: TimeRange = {}): Promise<Page<Edge<Operation>>> {
    return this.#page("account", "operations", QUERIES.accountOperations, { address, ...rangeVariables(range) }, page);
  }

  accountStateChanges(
    address: string,
    filter: StateChangeFilter = {},
    page: PageArguments = {},
    range: TimeRange = {},
  ): Promise<Page<Edge<StateChange>>> {
    return this.#page("account", "stateChanges", QUERIES.accountStateChanges, { address, filter, ...rangeVariables(range) }, page);
  }

  accountBalances(address: string, page: PageArguments = {}): Promise<Page<Edge<Balance>>> {
    return this.#page("account", "balances", QUERIES.accountBalances, { address }, page);
  }

  accountAllowances(address: string, page: PageArguments = {}): Promise<Page<Edge<Allowance>>> {
    return this.#page("account", "sep41Allowances", QUERIES.accountAllowances, { address }, page);
  }

  transactionOperations(hash: string, page: PageArguments = {}): Promise<Page<Edge<Operation>>> {
    return this.#page("transaction", "operations", QUERIES.transactionOperations, { hash }, page);
  }

  transactionStateChanges(hash: string, page: PageArguments = {}): Promise<Page<Edge<StateChange>>> {
    return this.#page("transaction", "stateChanges", QUERIES.transactionStateChanges, { hash }, page);
  }

  operationStateChanges(id: bigint, page: PageArguments = {}): Promise<Page<Edge<StateChange>>> {
    return this.#page("operation", "stateChanges", QUERIES.operationStateChanges, { id }, page);
  }

  /** All balances of an account, page by page. */
  balances(address: string): AsyncGenerator<Edge<Balance>> {
    return walk((page) => this.accountBalances(address, page));
  }

  /** An account's transactions with details, newest first. */
  history(address: string, range: TimeRange = {}): AsyncGenerator<HistoryEdge> {
    return walk((page) => this.accountHistory(address, page, range), { backward: true });
  }

  /** An account's state changes, newest first. */
  stateChanges(address: string, filter: StateChangeFilter = {}, range: TimeRange = {}): AsyncGenerator<Edge<StateChange>> {
    return walk((page) => this.accountStateChanges(address, filter, page, range), { backward: true });
  }

  /**
   * Sends any query.
   * @returns the answer's `data`; 64-bit members named `id` and `feeCharged` as bigint
   */
  async query<Data>(query: string, variables: Variables = {}): Promise<Data> {
    const body = requestBody(query, variables);
    const headers: Record<string, string> = { "content-type": "application/json" };
    const path = `${this.#url.pathname}${this.#url.search}`;
    if (this.#signer) headers.authorization = await authorization(this.#signer, "POST", path, body, Date.now());
    const response = await this.#fetch(this.#url, { method: "POST", headers, body, signal: AbortSignal.timeout(this.#timeout) });
    const text = await response.text();
    if (response.status >= 400) throw new HttpError(response.status, text);
    const { data, errors } = answerOf(response.status, text);
    if (errors !== undefined && errors.length > 0) throw new GraphqlError(errors);
    return data as Data;
  }

  async #root<Node>(root: Root, query: string, variables: Variables): Promise<Node> {
    const data = await this.query<Record<string, Node | null>>(query, variables);
    const node = data[FIELDS[root]];
    if (node == null) throw new NotFoundError(root);
    return node;
  }

  async #page<E>(root: Root, field: string, query: string, variables: Variables, page: PageArguments): Promise<Page<E>> {
    const node = await this.#root<Record<string, Page<E>>>(root, query, { ...variables, ...pageVariables(page) });
    return node[field]!;
  }
}

function answerOf(status: number, text: string): { data?: unknown; errors?: GraphqlErrorEntry[] } {
  try {
    const answer = parseAnswer(text);
    if (typeof answer === "object" && answer !== null) return answer;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new HttpError(status, text);
}
