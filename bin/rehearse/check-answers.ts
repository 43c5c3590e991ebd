import { isDeepStrictEqual } from "node:util";
import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { sevenDecimals } from "../../functions/shared/columns/amounts.ts";
import { WalletError } from "../../functions/shared/errors.ts";
import { httpEvent } from "./events.ts";
import type { Expectations, ExpectedTransaction } from "./expectations.ts";
import type { ExecutionEnvironment } from "./execution-environment.ts";
import type { Client } from "./signed-request.ts";

const PATH = "/graphql/query";

const TRANSACTION = `query ($hash: String!) {
  transactionByHash(hash: $hash) { hash ledgerNumber feeCharged resultCode operations(first: 100) { edges { node { id } } } }
}`;
const ACCOUNT = `query ($address: String!, $last: Int!) {
  accountByAddress(address: $address) {
    transactions(last: $last) { edges { node { hash } } }
    balances(first: 1) { edges { node { __typename balance } } }
  }
}`;

/** An HTTP answer of the serve function. */
interface Answered {
  status: number;
  body: unknown;
  duration: number;
}

function mismatch(what: string, expected: unknown, actual: unknown): WalletError {
  const show = (value: unknown): string => JSON.stringify(value)?.slice(0, 500) ?? "nothing";
  return new WalletError("REHEARSAL_FAILED", `${what}: expected ${show(expected)}, got ${show(actual)}.`);
}

function expectEqual(what: string, expected: unknown, actual: unknown): void {
  if (!isDeepStrictEqual(actual, expected)) throw mismatch(what, expected, actual);
}

/** Asks the serve function over events of API Gateway, signed by one client, and checks what it says. */
export class ApiChecks {
  readonly #serve: ExecutionEnvironment;
  readonly #client: Client;
  /** Milliseconds of each signed query, in order. */
  readonly durations: number[] = [];

  constructor(serve: ExecutionEnvironment, client: Client) {
    this.#serve = serve;
    this.#client = client;
  }

  /** Health names the newest ledger; it is well while that is fresh. */
  async health(latest: number): Promise<void> {
    const { status, body } = await this.#send("GET", "/health");
    const { backend_latest_ledger: direct, extras } = body as {
      backend_latest_ledger?: number;
      extras?: { backend_latest_ledger: number };
    };
    if (status !== 200 && status !== 503) throw mismatch("status of /health", "200, or 503 when the ledgers are old", status);
    expectEqual("newest ledger of /health", latest, status === 200 ? direct : extras?.backend_latest_ledger);
  }

  /** Without a token, and with a token of another body, nothing is answered. */
  async refusals(): Promise<void> {
    const body = JSON.stringify({ query: "{ __typename }" });
    expectEqual("status without a token", 401, (await this.#send("POST", PATH, body)).status);
    const authorization = this.#client.authorize("POST", PATH, `${body} `);
    expectEqual("status with another body's token", 401, (await this.#send("POST", PATH, body, { authorization })).status);
  }

  async transactions(expected: readonly ExpectedTransaction[]): Promise<void> {
    for (const { operations, ...transaction } of expected) {
      const { transactionByHash: shown } = (await this.#query(TRANSACTION, { hash: transaction.hash })) as {
        transactionByHash: (Record<string, unknown> & { operations: { edges: unknown[] } }) | null;
      };
      const what = `transaction ${transaction.hash}`;
      if (shown === null) throw mismatch(what, transaction, null);
      const { operations: connection, ...scalars } = shown;
      expectEqual(what, transaction, { ...scalars, feeCharged: String(scalars.feeCharged) });
      expectEqual(`${what}, operations`, operations, connection.edges.length);
    }
  }

  async account({ address, hashes, balance }: Expectations["busiest"]): Promise<void> {
    const { accountByAddress: account } = (await this.#query(ACCOUNT, { address, last: Math.min(100, hashes.length) })) as {
      accountByAddress: { transactions: { edges: { node: { hash: string } }[] }; balances: { edges: { node: unknown }[] } };
    };
    const newest = account.transactions.edges.map(({ node }) => node.hash);
    expectEqual(`newest transactions of ${address}`, hashes.slice(-100), newest);
    expectEqual(`XLM of ${address}`, { __typename: "NativeBalance", balance: sevenDecimals(balance) }, account.balances.edges[0]?.node);
  }

  async #query(query: string, variables: object): Promise<unknown> {
    const body = JSON.stringify({ query, variables });
    const authorization = this.#client.authorize("POST", PATH, body);
    const { status, body: answer, duration } = await this.#send("POST", PATH, body, { authorization });
    const { data, errors } = answer as { data?: unknown; errors?: unknown };
    if (status !== 200 || errors !== undefined) throw mismatch(`answer to ${body}`, "200 without errors", { status, answer });
    this.durations.push(duration);
    return data;
  }

  async #send(method: string, path: string, body?: string, headers: Record<string, string> = {}): Promise<Answered> {
    const event = httpEvent({ method, path, headers, ...(body !== undefined && { body }) });
    const { answer, duration } = await this.#serve.call(event);
    const { statusCode, body: text } = answer as APIGatewayProxyStructuredResultV2;
    return { status: statusCode ?? 0, body: JSON.parse(text ?? "null"), duration };
  }
}
