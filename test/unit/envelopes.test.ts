import assert from "node:assert/strict";
import { test } from "node:test";
import * as xdr from "@stellar/stellar-sdk/xdr";
import * as fc from "fast-check";
import { PayloadEncoder } from "../../functions/shared/columns/history/payload-encoder.ts";
import { Payload } from "../../functions/shared/columns/history/payload-decoder.ts";
import { byteaText } from "../../functions/shared/columns/bytea.ts";
import { nativeContract } from "../../functions/shared/columns/contract-id.ts";
import { createIndexer } from "../../functions/ingest/indexer/index-ledger.ts";
import { Envelope } from "../../functions/serve/nodes/envelope.ts";
import { hashOf, type LedgerTransaction, madeLedger } from "../fixtures/made-ledger.ts";
import { indexBytes } from "../fixtures/open-ledger.ts";
import { SANDBOX_PASSPHRASE } from "../fixtures/sandbox-ledgers.ts";
import { saidByNode, saidBySdk } from "../fixtures/sdk-envelopes.ts";
import { transactionNodes } from "../fixtures/transaction-nodes.ts";

const u64 = fc.oneof(fc.constantFrom(0n, 1n, 2n ** 63n, 2n ** 64n - 1n), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }));
const i64 = fc.oneof(fc.constantFrom(0n, 2n ** 63n - 1n), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }));
const u32 = fc.oneof(fc.constantFrom(0, 1, 2 ** 31, 2 ** 32 - 1), fc.nat({ max: 2 ** 32 - 1 }));
const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { nil: null });

const memo = fc.oneof(
  fc.constant(xdr.Memo.memoNone()),
  fc.uint8Array({ maxLength: 28 }).map((bytes) => xdr.Memo.memoText(bytes)),
  fc.string({ unit: "binary", maxLength: 7 }).map((text) => xdr.Memo.memoText(text)),
  u64.map((id) => xdr.Memo.memoId(id)),
  key.map((hash) => xdr.Memo.memoHash(hash)),
  key.map((hash) => xdr.Memo.memoReturn(hash)),
);
const account = fc.oneof(
  key.map((bytes) => xdr.MuxedAccount.keyTypeEd25519(bytes)),
  fc.record({ id: u64, ed25519: key }).map((muxed) => xdr.MuxedAccount.keyTypeMuxedEd25519(new xdr.MuxedAccountMed25519(muxed))),
);
const timeBounds = fc.record({ minTime: u64, maxTime: u64 }).map((bounds) => new xdr.TimeBounds(bounds));
const signer = fc.oneof(
  key.map((bytes) => xdr.SignerKey.signerKeyTypeEd25519(bytes)),
  key.map((bytes) => xdr.SignerKey.signerKeyTypePreAuthTx(bytes)),
  key.map((bytes) => xdr.SignerKey.signerKeyTypeHashX(bytes)),
  fc
    .record({ ed25519: key, payload: fc.uint8Array({ minLength: 1, maxLength: 64 }) })
    .map((signed) => xdr.SignerKey.signerKeyTypeEd25519SignedPayload(new xdr.SignerKeyEd25519SignedPayload(signed))),
);
const conditions = fc.oneof(
  fc.constant(xdr.Preconditions.precondNone()),
  timeBounds.map((bounds) => xdr.Preconditions.precondTime(bounds)),
  fc
    .record({
      timeBounds: optional(timeBounds),
      ledgerBounds: optional(fc.record({ minLedger: u32, maxLedger: u32 }).map((bounds) => new xdr.LedgerBounds(bounds))),
      minSeqNum: optional(i64),
      minSeqAge: u64,
      minSeqLedgerGap: u32,
      extraSigners: fc.array(signer, { maxLength: 2 }),
    })
    .map((all) => xdr.Preconditions.precondV2(new xdr.PreconditionsV2(all))),
);
const operations = fc.array(
  fc
    .record({ sourceAccount: optional(account), bumpTo: i64 })
    .map(
      ({ sourceAccount, bumpTo }) =>
        new xdr.Operation({ sourceAccount, body: xdr.OperationBody.bumpSequence(new xdr.BumpSequenceOp({ bumpTo })) }),
    ),
  { maxLength: 100 },
);
const signatures = fc.array(
  fc
    .record({ hint: fc.uint8Array({ minLength: 4, maxLength: 4 }), signature: fc.uint8Array({ maxLength: 64 }) })
    .map((each) => new xdr.DecoratedSignature(each)),
  { maxLength: 20 },
);
const common = { fee: u32, seqNum: i64, memo, operations };
const v0 = fc
  .record({ ...common, sourceAccountEd25519: key, timeBounds: optional(timeBounds), signatures })
  .map(({ signatures: signed, ...tx }) =>
    xdr.TransactionEnvelope.envelopeTypeTxV0(
      new xdr.TransactionV0Envelope({ tx: new xdr.TransactionV0({ ...tx, ext: xdr.TransactionV0Ext.v0() }), signatures: signed }),
    ),
  );
const inner = fc
  .record({ ...common, sourceAccount: account, cond: conditions, signatures })
  .map(
    ({ signatures: signed, ...tx }) =>
      new xdr.TransactionV1Envelope({ tx: new xdr.Transaction({ ...tx, ext: xdr.TransactionExt.v0() }), signatures: signed }),
  );
const v1 = inner.map((envelope) => xdr.TransactionEnvelope.envelopeTypeTx(envelope));
const feeBump = fc.record({ feeSource: account, fee: i64, inner, signatures }).map(({ inner: envelope, signatures: signed, ...tx }) => {
  const innerTx = xdr.FeeBumpTransactionInnerTx.envelopeTypeTx(envelope);
  const bump = new xdr.FeeBumpTransaction({ ...tx, innerTx, ext: xdr.FeeBumpTransactionExt.v0() });
  return xdr.TransactionEnvelope.envelopeTypeTxFeeBump(new xdr.FeeBumpTransactionEnvelope({ tx: bump, signatures: signed }));
});
const envelopes = fc.array(fc.oneof(v0, v1, feeBump), { minLength: 1, maxLength: 8 });

/** A transaction that was refused before its operations: whatever it says, there is a result for it. */
function refused(envelope: xdr.TransactionEnvelope): LedgerTransaction {
  return { envelope, result: xdr.TransactionResultResult.txBadAuth() };
}

test("whatever an envelope says comes back from its payload as the SDK decodes it, and the envelope itself", () => {
  fc.assert(
    fc.property(envelopes, (made) => {
      const nodes = transactionNodes(SANDBOX_PASSPHRASE, madeLedger(made.map(refused)));
      assert.equal(nodes.length, made.length);
      for (const [at, envelope] of made.entries()) assert.deepEqual(saidByNode(nodes[at]!), saidBySdk(envelope));
    }),
    { numRuns: 60, seed: Number(process.env.ENVELOPES_SEED ?? 1) },
  );
});

test("a fee bump has the hash of its inner transaction, which ingest and serve compute alike, and no other transaction has one", () => {
  fc.assert(
    fc.property(envelopes, (made) => {
      const bytes = madeLedger(made.map(refused));
      const written = indexBytes(createIndexer(SANDBOX_PASSPHRASE), bytes).transactions.map(
        ({ innerHash }) => innerHash && hexOf(innerHash),
      );
      const expected = made.map((envelope) =>
        envelope.type === "envelopeTypeTxFeeBump"
          ? hexOf(hashOf(xdr.TransactionEnvelope.envelopeTypeTx(envelope.feeBump.tx.innerTx.v1)))
          : null,
      );
      assert.deepEqual(written, expected);
      assert.deepEqual(
        transactionNodes(SANDBOX_PASSPHRASE, bytes).map(({ innerHash }) => innerHash),
        expected,
      );
    }),
    { numRuns: 25, seed: Number(process.env.ENVELOPES_SEED ?? 1) },
  );
});

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

test("without its signatures there is no envelope, and everything else is said", () => {
  const native = nativeContract(SANDBOX_PASSPHRASE);
  for (const envelope of fc.sample(fc.oneof(v0, v1, feeBump), { numRuns: 20, seed: 3 })) {
    const { transactions } = indexBytes(createIndexer(SANDBOX_PASSPHRASE), madeLedger([refused(envelope)]));
    const [row] = transactions;
    const whole = { ...row!, accounts: [], operations: [], stateChanges: [] };
    const payload = new Payload(Buffer.from(new PayloadEncoder(native, false).encode(whole, row!.envelope)), byteaText(native));
    const read = new Envelope(payload);
    assert.equal(read.xdr, null);
    assert.equal(read.sequence, saidBySdk(envelope).sequence);
  }
});
