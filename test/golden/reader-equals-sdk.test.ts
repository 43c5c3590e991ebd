import assert from "node:assert/strict";
import { createHash, hash as digest } from "node:crypto";
import * as xdr from "@stellar/stellar-sdk/xdr";
import type { Ledger } from "../../functions/ingest/ledger/ledger.ts";
import { transactions, type LedgerTransaction } from "../../functions/ingest/ledger/transactions.ts";
import { elements } from "../../functions/shared/xdr/words.ts";
import { skipContractEvent, skipLedgerEntryChange, skipOperation, skipOperationResult } from "../../functions/shared/xdr/xdr.generated.ts";
import { coreLedgers, indexedLedgers } from "../fixtures/golden-ledgers.ts";
import { openLedger } from "../fixtures/open-ledger.ts";
import { sharedTest } from "../fixtures/shared.ts";

/** What the walk hands to the indexer, as XDR: hash, operations, results, entry changes of every phase, events. */
interface Extracted {
  hash: string;
  operations: string[];
  results: string[];
  feeChanges: string[];
  before: string[];
  operationChanges: string[][];
  after: string[];
  postFeeChanges: string[];
  events: string[][];
}

function slices(ledger: Ledger, p: number, skip: typeof skipOperation): string[] {
  if (p === 0) return [];
  return elements(ledger.x, p, skip).map((at) => Buffer.from(ledger.bytes.subarray(at * 4, skip(ledger.x, at) * 4)).toString("base64"));
}

function ours(ledger: Ledger, tx: LedgerTransaction): Extracted {
  const slice = (at: number, skip: typeof skipOperation): string =>
    Buffer.from(ledger.bytes.subarray(at * 4, skip(ledger.x, at) * 4)).toString("base64");
  return {
    hash: Buffer.from(tx.hash).toString("hex"),
    operations: tx.envelope.operations.map((at) => slice(at, skipOperation)),
    results: (tx.operationResults ?? []).map((at) => slice(at, skipOperationResult)),
    feeChanges: slices(ledger, tx.feeChanges, skipLedgerEntryChange),
    before: slices(ledger, tx.changesBefore, skipLedgerEntryChange),
    operationChanges: tx.operationChanges.map((p) => slices(ledger, p, skipLedgerEntryChange)),
    after: slices(ledger, tx.changesAfter, skipLedgerEntryChange),
    postFeeChanges: slices(ledger, tx.postFeeChanges, skipLedgerEntryChange),
    events: tx.envelope.operations.map((_, k) => tx.events(k).map((at) => slice(at, skipContractEvent))),
  };
}

type Xdr = { toXdr(format: "base64"): string };
const encode = (values: readonly Xdr[] | null | undefined): string[] => (values ?? []).map((value) => value.toXdr("base64"));

function envelopes(meta: xdr.LedgerCloseMeta): xdr.TransactionEnvelope[] {
  if (meta.type === "v0") return meta.v0.txSet.txs;
  const { txSet } = meta.type === "v1" ? meta.v1 : meta.v2;
  return txSet.v1TxSet.phases.flatMap((phase) =>
    phase.type === "v0Components"
      ? phase.v0Components.flatMap((c) => c.txsMaybeDiscountedFee.txs)
      : phase.parallelTxsComponent.executionStages.flat(2),
  );
}

/** Network hash by the SDK's encoder alone. */
function networkHash(envelope: xdr.TransactionEnvelope, networkId: Buffer): string {
  let tagged: Buffer;
  if (envelope.type === "envelopeTypeTxV0") {
    const body = Buffer.from(envelope.v0.tx.toXdr());
    // ENVELOPE_TYPE_TX, then KEY_TYPE_ED25519 before the bare key.
    tagged = Buffer.concat([Buffer.from([0, 0, 0, 2, 0, 0, 0, 0]), body]);
  } else if (envelope.type === "envelopeTypeTx") tagged = Buffer.concat([Buffer.from([0, 0, 0, 2]), envelope.v1.tx.toXdr()]);
  else tagged = Buffer.concat([Buffer.from([0, 0, 0, 5]), envelope.feeBump.tx.toXdr()]);
  return digest("sha256", Buffer.concat([networkId, tagged]), "hex");
}

function innerTransaction(envelope: xdr.TransactionEnvelope): { operations: readonly Xdr[] } {
  if (envelope.type === "envelopeTypeTxV0") return envelope.v0.tx;
  return envelope.type === "envelopeTypeTx" ? envelope.v1.tx : envelope.feeBump.tx.innerTx.v1.tx;
}

function resultsOf(result: xdr.TransactionResult["result"]): readonly Xdr[] {
  if (result.type === "txFeeBumpInnerSuccess" || result.type === "txFeeBumpInnerFailed") {
    const inner = result.innerResultPair.result.result;
    return inner.type === "txSuccess" || inner.type === "txFailed" ? inner.results : [];
  }
  return result.type === "txSuccess" || result.type === "txFailed" ? result.results : [];
}

function sdk(bytes: Uint8Array, networkId: Buffer): Extracted[] {
  const meta = xdr.LedgerCloseMeta.fromXdr(bytes);
  const byHash = new Map(envelopes(meta).map((envelope) => [networkHash(envelope, networkId), envelope]));
  const processing = meta.type === "v0" ? meta.v0.txProcessing : meta.type === "v1" ? meta.v1.txProcessing : meta.v2.txProcessing;
  return processing.map((tx) => {
    const hash = Buffer.from(tx.result.transactionHash.toBytes()).toString("hex");
    const inner = innerTransaction(byHash.get(hash)!);
    const applied = tx.txApplyProcessing;
    const operations = applied.type === "operations" ? applied.operations : applied.value.operations;
    const v = applied.type === "operations" || applied.type === "v1" ? null : applied.value;
    const v3Events = applied.type === "v3" ? encode(applied.v3.sorobanMeta?.events) : null;
    const v4 = applied.type === "v4" ? applied.v4 : null;
    return {
      hash,
      operations: encode(inner.operations),
      results: encode(resultsOf(tx.result.result.result)),
      feeChanges: encode(tx.feeProcessing),
      before: encode(v ? v.txChangesBefore : applied.type === "v1" ? applied.v1.txChanges : []),
      operationChanges: operations.map((op) => encode(op.changes)),
      after: encode(v?.txChangesAfter),
      postFeeChanges: "postTxApplyFeeProcessing" in tx ? encode(tx.postTxApplyFeeProcessing as readonly Xdr[]) : [],
      events: inner.operations.map((_, k) => v3Events ?? encode(v4?.operations[k]?.events)),
    };
  });
}

/** Compared by hash: a deep comparison of two differing ledgers would not fit into memory. */
const fingerprint = (value: unknown): string => createHash("sha256").update(JSON.stringify(value)).digest("hex");

function compare(name: string, passphrase: string, bytes: Uint8Array): void {
  const networkId = digest("sha256", passphrase, "buffer");
  const theirs = sdk(bytes, networkId);
  const ledger = openLedger(bytes);
  const mine = [...transactions(ledger, networkId)].map((tx) => ours(ledger, tx));
  assert.equal(mine.length, theirs.length, `${name}: transactions`);
  for (let i = 0; i < mine.length; i++) assert.equal(fingerprint(mine[i]), fingerprint(theirs[i]), `${name}: transaction ${i + 1}`);
}

sharedTest("the reader takes out of the pubnet and synthetic ledgers what the SDK's decoder takes out", () => {
  for (const { name, passphrase, bytes } of indexedLedgers()) compare(name, passphrase, bytes);
});

sharedTest(
  "the reader takes out of stellar-core's ledgers what the SDK's decoder takes out, every meta version and envelope kind included",
  () => {
    const seen = new Set<string>();
    let i = 0;
    for (const { name, passphrase, bytes } of coreLedgers()) {
      // Every ledger of the rare kinds and a tenth of the others: the SDK needs 20 ms for one.
      const kind = `${bytes[3]}`;
      if (i++ % 10 !== 0 && kind === "2" && !name.includes("TxEnvelope") && !name.includes("TxResults")) continue;
      seen.add(kind);
      compare(name, passphrase, bytes);
    }
    assert.deepEqual([...seen].sort(), ["0", "1", "2"]);
  },
);
