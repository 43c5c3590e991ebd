import { createIndexer } from "../../functions/ingest/indexer/index-ledger.ts";
import { NO_OPERATION, wholeToid } from "../../functions/shared/columns/toid.ts";
import { LedgerReader } from "../../functions/ingest/ledger/ledger-reader.ts";
import { WalletError } from "../../functions/shared/errors.ts";

/** One kind of request; each run takes the next set of variables. */
export interface BenchQuery {
  name: string;
  query: string;
  variables: Record<string, string>[];
}

/** The keys that occur most often, most frequent first. */
function busiest(counts: Map<string, number>, limit: number): string[] {
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, limit)
    .map(([key]) => key);
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function stateChangesOf(category: string): string {
  return `query ($a: String!) { accountByAddress(address: $a) { stateChanges(last: 50, filter: { category: ${category} }) { edges { cursor node { category reason ledgerCreatedAt ledgerNumber ... on BalanceChange { tokenId amount } operation { id type } transaction { hash } } } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } } }`;
}

/** Requests whose responses are in the ledgers: the busiest accounts and operations, and transactions from all over. */
export function benchQueries(ledgers: Uint8Array[], passphrase: string): BenchQuery[] {
  const reader = new LedgerReader();
  const indexer = createIndexer(passphrase);
  const hashes: string[] = [];
  const [active, changed, trusting, holding, operations] = [
    new Map<string, number>(),
    new Map<string, number>(),
    new Map<string, number>(),
    new Map<string, number>(),
    new Map<string, number>(),
  ];
  for (const bytes of ledgers) {
    const ledger = reader.open(bytes);
    const { sequence } = ledger;
    const rows = indexer.index(ledger);
    ledger.close();
    for (const tx of rows.transactions) {
      hashes.push(Buffer.from(tx.hash).toString("hex"));
      for (const account of tx.accounts) count(active, account.text);
    }
    for (const change of rows.stateChanges) {
      count(changed, change.account.text);
      if (change.category === "TRUSTLINE") count(trusting, change.account.text);
      if (change.operation !== NO_OPERATION) count(operations, String(wholeToid(sequence, change.operation)));
    }
    for (const line of rows.trustlineBalances) count(holding, line.account.text);
  }
  if (hashes.length === 0) throw new WalletError("USAGE", "The ledgers hold no transaction: no query can be measured.");
  const by = (name: string, values: string[]): Record<string, string>[] => values.map((value) => ({ [name]: value }));
  const every = Math.max(1, Math.floor(hashes.length / 50));
  return [
    {
      name: "transactionByHash",
      query:
        "query ($hash: String!) { transactionByHash(hash: $hash) { hash feeCharged resultCode ledgerNumber ledgerCreatedAt isFeeBump } }",
      variables: by(
        "hash",
        hashes.filter((_, i) => i % every === 0),
      ),
    },
    {
      name: "50 transactions with operations",
      query:
        "query ($a: String!) { accountByAddress(address: $a) { transactions(last: 50) { edges { cursor node { hash feeCharged resultCode ledgerNumber ledgerCreatedAt isFeeBump } operations { id type operationXdr resultCode successful } } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } } }",
      variables: by("a", busiest(active, 20)),
    },
    { name: "50 filtered state changes", query: stateChangesOf("BALANCE"), variables: by("a", busiest(changed, 20)) },
    { name: "50 rare state changes", query: stateChangesOf("TRUSTLINE"), variables: by("a", busiest(trusting, 20)) },
    {
      name: "50 balances",
      query:
        "query ($a: String!) { accountByAddress(address: $a) { balances(first: 50) { edges { cursor node { __typename balance tokenId tokenType ... on NativeBalance { minimumBalance buyingLiabilities sellingLiabilities numSubentries lastModifiedLedger } ... on TrustlineBalance { code issuer assetType limit buyingLiabilities sellingLiabilities isAuthorized isAuthorizedToMaintainLiabilities } } } } } }",
      variables: by("a", busiest(holding, 20)),
    },
    {
      name: "operation with 20 state changes",
      query:
        "query ($id: Int64!) { operationById(id: $id) { id type operationXdr resultCode successful transaction { hash resultCode feeCharged } stateChanges(first: 20) { edges { cursor node { category reason account { address } ... on BalanceChange { tokenId amount } } } } } }",
      variables: by("id", busiest(operations, 20)),
    },
  ].filter(({ variables }) => variables.length > 0);
}
