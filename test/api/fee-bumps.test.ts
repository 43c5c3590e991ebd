import assert from "node:assert/strict";
import { hash as digest } from "node:crypto";
import { test } from "node:test";
import * as xdr from "@stellar/stellar-sdk/xdr";
import { testDatabase } from "../fixtures/database.ts";
import { PUBNET } from "../fixtures/golden-ledgers.ts";
import { type MadeTransaction, madeTransactionXdr, writeTransactions } from "../fixtures/history-rows.ts";
import { PARTIES, reportApi, REPORTS } from "../fixtures/reports.ts";
import { testApi } from "../fixtures/serve-handler.ts";
import { readShared, sharedTest } from "../fixtures/shared.ts";

const BY_HASH = "query ($hash: String!) { transactionByHash(hash: $hash) { id hash innerHash isFeeBump } }";

/** Hashes of the report's fee bump by the SDK: its own, and that of its inner transaction. */
function reportedHashes(): { outer: string; inner: string } {
  const meta = xdr.LedgerCloseMeta.fromXdr(readShared("ledgers/reports/fee-bump/100.xdr"));
  const networkId = digest("sha256", REPORTS, "buffer");
  const parts = meta.type === "v2" ? meta.v2 : meta.type === "v1" ? meta.v1 : meta.v0;
  const envelope = ("txs" in parts.txSet ? parts.txSet.txs : parts.txSet.v1TxSet.phases.flatMap(envelopesOf)).find(
    ({ type }) => type === "envelopeTypeTxFeeBump",
  );
  assert.ok(envelope?.type === "envelopeTypeTxFeeBump");
  const { tx } = envelope.feeBump;
  const { envelopeTypeTx, envelopeTypeTxFeeBump } = xdr.TransactionSignaturePayloadTaggedTransaction;
  const hashOf = (taggedTransaction: xdr.TransactionSignaturePayloadTaggedTransaction): string =>
    digest("sha256", new xdr.TransactionSignaturePayload({ networkId, taggedTransaction }).toXdr(), "hex");
  return { outer: hashOf(envelopeTypeTxFeeBump(tx)), inner: hashOf(envelopeTypeTx(tx.innerTx.v1.tx)) };
}

function envelopesOf(phase: xdr.TransactionPhase): readonly xdr.TransactionEnvelope[] {
  return phase.type === "v0Components"
    ? phase.v0Components.flatMap((component) => component.txsMaybeDiscountedFee.txs)
    : phase.parallelTxsComponent.executionStages.flat(2);
}

sharedTest("a fee bump is found by the hash of its inner transaction too, in either case", async () => {
  const api = await reportApi("fee-bump");
  try {
    const { outer, inner } = reportedHashes();
    for (const hash of [outer, inner, inner.toUpperCase()]) {
      const { data, errors } = await api.ask(BY_HASH, { hash });
      assert.equal(errors, undefined);
      const { id: _, ...found } = data.transactionByHash;
      assert.deepEqual(found, { hash: outer, innerHash: inner, isFeeBump: true });
    }
    const { data } = await api.ask(
      "query ($a: String!, $hash: String!) { accountByAddress(address: $a) { stateChanges(filter: { transactionHash: $hash }) { edges { node { transaction { hash } } } } } }",
      { a: PARTIES.a, hash: inner },
    );
    const hashes = data.accountByAddress.stateChanges.edges.map(
      ({ node }: { node: { transaction: { hash: string } } }) => node.transaction.hash,
    );
    assert.ok(hashes.length > 0);
    assert.deepEqual([...new Set(hashes)], [outer]);
  } finally {
    await api.close();
  }
});

test("the whole hash decides between transactions that share its beginning, whichever of their hashes it is", async () => {
  const database = await testDatabase();
  const networkId = digest("sha256", PUBNET, "buffer");
  const bump = (place: number, operation: number, resultCode?: string): MadeTransaction & { innerHash: Buffer } => ({
    ledger: 100,
    place,
    closedAt: 1_700_000_000,
    hash: Buffer.alloc(32, place),
    accounts: [`\\x30${"11".repeat(32)}`],
    operations: [{ accounts: [], xdr: Buffer.of(operation) }],
    isFeeBump: true,
    innerHash: digest(
      "sha256",
      Buffer.concat([networkId, Buffer.of(0, 0, 0, 2), madeTransactionXdr([{ xdr: Buffer.of(operation) }])]),
      "buffer",
    ),
    ...(resultCode !== undefined && { resultCode }),
  });
  const beginning = (hash: Buffer, rest: number): Buffer => Buffer.concat([hash.subarray(0, 8), Buffer.alloc(24, rest)]);
  const { innerHash } = bump(1, 7);
  const failed = "TransactionResultCodeTxFeeBumpInnerFailed";
  const transactions = [
    bump(1, 7),
    // Its own hash begins as that inner hash does.
    { ...bump(2, 8), hash: beginning(innerHash, 2) },
    // No fee bump, and the index says otherwise.
    { ...bump(3, 9), isFeeBump: false, innerHash: beginning(innerHash, 3) },
    // The same inner transaction three times: the last that succeeded stands for it.
    bump(4, 10, failed),
    bump(5, 10, "TransactionResultCodeTxFeeBumpInnerSuccess"),
    bump(6, 10, failed),
    // And once only failed, then applied by itself.
    bump(7, 11, failed),
    { ...bump(8, 12), hash: bump(7, 11).innerHash },
    bump(9, 13, failed),
    bump(10, 13, failed),
  ];
  await writeTransactions(database.connect(), transactions);
  const api = testApi(database.url, { networkPassphrase: PUBNET });
  try {
    const placeOf = async (hash: Buffer): Promise<number | null> => {
      const { data, errors } = await api.ask(BY_HASH, { hash: hash.toString("hex") });
      assert.equal(errors, undefined);
      return data.transactionByHash && Number((BigInt(data.transactionByHash.id) >> 12n) & 0xfffffn);
    };
    assert.equal(await placeOf(innerHash), 1);
    assert.equal(await placeOf(beginning(innerHash, 2)), 2);
    for (const rest of [3, 4]) assert.equal(await placeOf(beginning(innerHash, rest)), null);
    assert.equal(await placeOf(bump(4, 10).innerHash), 5);
    assert.equal(await placeOf(bump(7, 11).innerHash), 8);
    assert.equal(await placeOf(bump(9, 13).innerHash), 10);
  } finally {
    await api.close();
  }
});
