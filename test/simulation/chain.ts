import { createIndexer } from "../../functions/ingest/indexer/index-ledger.ts";
import { sandboxLedgers, SANDBOX_PASSPHRASE } from "../fixtures/sandbox-ledgers.ts";
import { testApi, type TestApi } from "../fixtures/serve-handler.ts";
import { tableHashes } from "../fixtures/table-hashes.ts";
import { indexBytes } from "../fixtures/open-ledger.ts";
import type { ShortLivedDatabase } from "../fixtures/database.ts";
import { invoke } from "./invocation.ts";
import { memorySource, type RawLedger } from "./memory-source.ts";

/** A chain, and what a database and the API say of it when nothing disturbs its ingestion. */
export interface Chain {
  ledgers: RawLedger[];
  /** Text of an account that most ledgers touch. */
  account: string;
  /** Hashes of the final tables. */
  tables: Record<string, string>;
  /** The API's answer to `ACCOUNT_QUERY` after each ledger, by the ledger's sequence; under null that of an empty database. */
  answers: Map<number | null, string>;
}

/** Everything that the API tells of an account: current state, history and what hangs on it. */
export const ACCOUNT_QUERY = `query ($account: String!) {
  accountByAddress(address: $account) {
    balances(first: 20) { edges { cursor node { __typename balance tokenId } } }
    transactions(last: 20) {
      edges { cursor node { hash resultCode ledgerNumber operations(first: 20) { edges { node { id type } } } } operations { id } stateChanges { reason } }
    }
    stateChanges(last: 20) { edges { cursor node { reason ledgerNumber } } }
  }
}`;

/** An answer, and the ledger that it says it is about. */
interface Reading {
  ledger: number | null;
  data: string;
}

/** The API's answer had errors. */
export class ApiErrors extends Error {
  override readonly name = "ApiErrors";
}

/** Asks the API for everything about the account. @throws ApiErrors */
export async function readAccount(api: TestApi, account: string): Promise<Reading> {
  const { body } = await api.post(JSON.stringify({ query: ACCOUNT_QUERY, variables: { account } }));
  const answer = JSON.parse(body) as { data?: unknown; errors?: unknown; extensions?: { ledger?: { sequence: number | null } } };
  if (answer.errors) throw new ApiErrors(`the API answered with errors: ${body}`);
  return { ledger: answer.extensions?.ledger?.sequence ?? null, data: JSON.stringify(answer.data) };
}

/** The first ledgers of a sandbox chain, from sequence 1 on. */
export function rawLedgers(count: number, seed?: string, passphrase?: string): RawLedger[] {
  return sandboxLedgers(count, seed, passphrase).map((bytes, i) => ({ bytes, sequence: i + 1 }));
}

/** The account that takes part in most transactions. */
function busiest(ledgers: readonly RawLedger[]): string {
  const indexer = createIndexer(SANDBOX_PASSPHRASE);
  const counts = new Map<string, number>();
  for (const { bytes } of ledgers)
    for (const { accounts } of indexBytes(indexer, bytes).transactions)
      for (const { text } of accounts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]![0];
}

/** Ingests a chain ledger by ledger, undisturbed, and writes down what is to be seen after each. */
export async function observeChain(database: ShortLivedDatabase, count: number, seed?: string): Promise<Chain> {
  const ledgers = rawLedgers(count, seed);
  const account = busiest(ledgers);
  const api = testApi(database.url, { networkPassphrase: SANDBOX_PASSPHRASE });
  const answers = new Map<number | null, string>();
  const note = async (): Promise<void> => {
    const { ledger, data } = await readAccount(api, account);
    answers.set(ledger, data);
  };
  await note();
  for (let last = 1; last <= count; last++) {
    await invoke({ databaseUrl: database.url, source: memorySource(ledgers.slice(0, last)) });
    await note();
  }
  await api.close();
  return { ledgers, account, tables: await tableHashes(database.connect()), answers };
}
