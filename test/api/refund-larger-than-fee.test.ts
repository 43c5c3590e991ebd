import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import * as xdr from "@stellar/stellar-sdk/xdr";
import { createIndexer } from "../../functions/ingest/indexer/index-ledger.ts";
import { testDatabase } from "../fixtures/database.ts";
import { PUBNET } from "../fixtures/golden-ledgers.ts";
import { ingestChain } from "../fixtures/ingest-chain.ts";
import { memorySource } from "../fixtures/ingest-sandbox.ts";
import { indexBytes, openedLedger } from "../fixtures/open-ledger.ts";
import { testApi } from "../fixtures/serve-handler.ts";
import { readShared, sharedTest } from "../fixtures/shared.ts";

/** The refund of the ledgers' first transaction (540 stroops taken, 40 given back), and the one that it gets here: 1,040. */
const REFUNDED = 999_999_500n;
const GENEROUS = 1_000_000_500n;

/** A Soroban ledger whose first transaction's refund is larger than its fee. Core would not write it; the bytes are valid. */
function generousLedger(file: string): Uint8Array {
  const meta = xdr.LedgerCloseMeta.fromXdr(readShared(`ledgers/synthetic/${file}.xdr.gz`));
  const { txProcessing, ledgerHeader } = meta.type === "v2" ? meta.v2 : meta.type === "v1" ? meta.v1 : assert.fail(meta.type);
  const [first] = txProcessing;
  const { txApplyProcessing: tx } = first!;
  const inside = tx.type === "v3" ? tx.v3.txChangesAfter : tx.type === "v4" ? tx.v4.txChangesAfter : assert.fail(tx.type);
  const behind = "postTxApplyFeeProcessing" in first! ? first.postTxApplyFeeProcessing : [];
  const found = [...inside, ...behind].flatMap((change) => (change.type === "ledgerEntryUpdated" ? [change.updated.data] : []));
  assert.equal(found.length, 1, "one refund");
  const data = found[0]!;
  assert.ok(data.type === "account" && data.account.balance === REFUNDED);
  Object.assign(data.account, { balance: GENEROUS });
  // The synthetic ledgers' own hashes are made up; ingestion refuses that.
  const hash = createHash("sha256").update(ledgerHeader.header.toXdr()).digest();
  Object.assign(ledgerHeader, { hash: xdr.Hash.fromXdr(hash) });
  return meta.toXdr();
}

for (const [file, sequence] of [
  // Before protocol 23 the refund stands in the transaction, since then behind all of them.
  ["soroban-v3", 104],
  ["soroban-v4", 103],
] as const) {
  sharedTest(`a refund larger than the fee is a CREDIT of the difference (D16), ${file}`, async () => {
    const bytes = generousLedger(file);
    const credits = indexBytes(createIndexer(PUBNET), bytes).stateChanges.filter((row) => row.operation === 0 && row.reason === "CREDIT");
    assert.deepEqual(
      credits.map(({ amount }) => amount),
      ["500"],
    );
    const account = credits[0]!.account.text;
    const database = await testDatabase();
    const source = memorySource([], {
      async *open() {
        yield openedLedger(bytes, sequence);
      },
      latest: () => Promise.resolve(sequence),
    });
    await ingestChain(database.url, { source });
    const api = testApi(database.url, { networkPassphrase: PUBNET });
    try {
      const { data, errors } = await api.ask(
        `{ accountByAddress(address: "${account}") {
          fees: stateChanges(filter: { operationId: 0 }) { edges { node { __typename category reason operation { id } ... on BalanceChange { tokenId amount } } } }
          debits: stateChanges(filter: { operationId: 0, reason: DEBIT }) { edges { cursor } }
          balances { edges { node { __typename balance } } }
        } }`,
      );
      assert.equal(errors, undefined);
      const { fees: own, debits, balances } = data.accountByAddress;
      assert.deepEqual(
        own.edges.map(({ node }: { node: unknown }) => node),
        [
          {
            __typename: "BalanceChange",
            category: "BALANCE",
            reason: "CREDIT",
            operation: null,
            tokenId: "CAS3J7GYLGXMF6TDJBBYYSE3HQ6BBSMLNUQ34T6TZMYMW2EVH34XOWMA",
            // 1,040 back, 540 taken: never the peer's negative credit.
            amount: "500",
          },
        ],
      );
      assert.deepEqual(debits.edges, []);
      assert.deepEqual(balances.edges[0].node, { __typename: "NativeBalance", balance: "100.0000500" });
    } finally {
      await api.close();
    }
  });
}
