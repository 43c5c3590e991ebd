import * as xdr from "@stellar/stellar-sdk/xdr";
import { muxed, sha256, signature, type Party } from "./keys.ts";
import type { SimulatedOperation } from "./operations.ts";
import { View } from "./view.ts";

/** Stroops an operation. */
const BASE_FEE = 100n;

/** What a transaction of the simulated network shall do. */
export interface Intent {
  source: Party;
  operations: SimulatedOperation[];
  /** Who pays the fee in the source's place (a fee bump). */
  feeSource?: Party;
  memo?: string;
}

/** A signed transaction that waits for its ledger. */
export interface Pending extends Intent {
  envelope: xdr.TransactionEnvelope;
  hash: Uint8Array;
  innerHash: Uint8Array;
  sequence: bigint;
  /** Stroops. */
  fee: bigint;
}

/** Builds and signs the envelope. @param networkId SHA-256 of the passphrase */
export function seal(intent: Intent, sequence: bigint, networkId: Uint8Array): Pending {
  const { source, operations, feeSource, memo } = intent;
  const tx = new xdr.Transaction({
    sourceAccount: muxed(source),
    fee: Number(BASE_FEE) * operations.length,
    seqNum: sequence,
    cond: xdr.Preconditions.precondNone(),
    memo: memo === undefined ? xdr.Memo.memoNone() : xdr.Memo.memoText(memo),
    operations: operations.map((op) => new xdr.Operation({ sourceAccount: op.source && muxed(op.source), body: op.body })),
    ext: xdr.TransactionExt.v0(),
  });
  const hashOf = (tagged: xdr.TransactionSignaturePayloadTaggedTransaction): Buffer =>
    sha256(new xdr.TransactionSignaturePayload({ networkId, taggedTransaction: tagged }).toXdr());
  const innerHash = hashOf(xdr.TransactionSignaturePayloadTaggedTransaction.envelopeTypeTx(tx));
  const signers = new Set([source, ...operations.flatMap((op) => op.source ?? [])]);
  const inner = new xdr.TransactionV1Envelope({ tx, signatures: [...signers].map((signer) => signature(innerHash, signer)) });
  if (!feeSource) {
    const fee = BASE_FEE * BigInt(operations.length);
    return { ...intent, envelope: xdr.TransactionEnvelope.envelopeTypeTx(inner), hash: innerHash, innerHash, sequence, fee };
  }
  const fee = BASE_FEE * BigInt(operations.length + 1);
  const bump = new xdr.FeeBumpTransaction({
    feeSource: muxed(feeSource),
    fee: fee * 2n,
    innerTx: xdr.FeeBumpTransactionInnerTx.envelopeTypeTx(inner),
    ext: xdr.FeeBumpTransactionExt.v0(),
  });
  const hash = hashOf(xdr.TransactionSignaturePayloadTaggedTransaction.envelopeTypeTxFeeBump(bump));
  const envelope = xdr.TransactionEnvelope.envelopeTypeTxFeeBump(
    new xdr.FeeBumpTransactionEnvelope({ tx: bump, signatures: [signature(hash, feeSource)] }),
  );
  return { ...intent, envelope, hash, innerHash, sequence, fee };
}

/** Takes the fee; gives the entry changes. All fees of a ledger are taken before its first transaction runs. */
export function chargeFee(ledger: View, { source, feeSource, fee }: Pending): xdr.LedgerEntryChange[] {
  const view = new View(ledger.ledger, ledger);
  const account = view.account(feeSource ?? source)!;
  view.put({ ...account, balance: account.balance - fee });
  const changes = view.changes();
  view.commit();
  return changes;
}

function outcome(pending: Pending, results: xdr.OperationResult[], failed: boolean): xdr.TransactionResultResult {
  if (!pending.feeSource) {
    return failed ? xdr.TransactionResultResult.txFailed(results) : xdr.TransactionResultResult.txSuccess(results);
  }
  const pair = new xdr.InnerTransactionResultPair({
    transactionHash: pending.innerHash,
    result: new xdr.InnerTransactionResult({
      // The outer transaction pays (CAP-15; since protocol 21 the inner one shows 0).
      feeCharged: 0n,
      result: failed ? xdr.InnerTransactionResultResult.txFailed(results) : xdr.InnerTransactionResultResult.txSuccess(results),
      ext: xdr.InnerTransactionResultExt.v0(),
    }),
  });
  return failed ? xdr.TransactionResultResult.txFeeBumpInnerFailed(pair) : xdr.TransactionResultResult.txFeeBumpInnerSuccess(pair);
}

/** Runs one transaction: all of its operations or none. Gives result and meta (CAP-67: V4). */
export function applyTransaction(ledger: View, pending: Pending): { result: xdr.TransactionResultPair; meta: xdr.TransactionMeta } {
  const bump = new View(ledger.ledger, ledger);
  bump.put({ ...bump.account(pending.source)!, sequence: pending.sequence });
  const txChangesBefore = bump.changes();
  bump.commit();

  const transaction = new View(ledger.ledger, ledger);
  const results: xdr.OperationResult[] = [];
  let operations: xdr.OperationMetaV2[] = [];
  let failed = false;
  for (const operation of pending.operations) {
    const view = new View(ledger.ledger, transaction);
    const applied = operation.apply(view, operation.source ?? pending.source);
    results.push(xdr.OperationResult.opInner(applied.result));
    if (applied.failed) {
      failed = true;
      continue;
    }
    operations.push(new xdr.OperationMetaV2({ ext: xdr.ExtensionPoint.v0(), changes: view.changes(), events: [] }));
    view.commit();
  }
  if (failed) operations = [];
  else transaction.commit();

  const result = new xdr.TransactionResult({
    feeCharged: pending.fee,
    result: outcome(pending, results, failed),
    ext: xdr.TransactionResultExt.v0(),
  });
  const meta = new xdr.TransactionMetaV4({
    ext: xdr.ExtensionPoint.v0(),
    txChangesBefore,
    operations,
    txChangesAfter: [],
    sorobanMeta: null,
    events: [],
    diagnosticEvents: [],
  });
  return { result: new xdr.TransactionResultPair({ transactionHash: pending.hash, result }), meta: xdr.TransactionMeta.v4(meta) };
}
