import assert from "node:assert/strict";
import { test } from "node:test";
import * as xdr from "@stellar/stellar-sdk/xdr";
import { createIndexer } from "../../functions/ingest/indexer/index-ledger.ts";
import { ContradictionError } from "../../functions/ingest/ledger/contradiction-error.ts";
import { entryStates } from "../../functions/ingest/verify/entry-states.ts";
import { WalletError } from "../../functions/shared/errors.ts";
import { decodeV2 } from "../fixtures/ledger-entries.ts";
import { indexBytes, openLedger } from "../fixtures/open-ledger.ts";
import { SANDBOX_PASSPHRASE, sandboxLedgers } from "../fixtures/sandbox-ledgers.ts";

const LEDGERS = sandboxLedgers(30);
/** Vectors in vectors that the reader follows, more than the network allows; the value in the innermost counts too. */
const DEEPEST = 599;
const VECTOR = Buffer.from(new Uint32Array([xdr.ScVal.scvVec([]).toXdr()[3]!, 1, 1]).buffer).swap32();

/** Every list of changes of a ledger's operations, and of its fees. */
function lists(meta: xdr.LedgerCloseMetaV2): xdr.LedgerEntryChange[][] {
  return meta.txProcessing.flatMap(({ feeProcessing, txApplyProcessing: tx }) => {
    if (tx.type !== "v4") throw new Error(`TransactionMeta ${tx.type}`);
    return [feeProcessing, ...tx.v4.operations.map((operation) => operation.changes)] as xdr.LedgerEntryChange[][];
  });
}

/** The first ledger with a change of this type, after `edit` has seen the change and the list that it is in. */
function edited(type: xdr.LedgerEntryChange["type"], edit: (list: xdr.LedgerEntryChange[], at: number) => void): Uint8Array {
  for (const bytes of LEDGERS) {
    const meta = decodeV2(bytes);
    for (const list of lists(meta)) {
      const at = list.findIndex((change) => change.type === type);
      if (at < 0) continue;
      edit(list, at);
      return xdr.LedgerCloseMeta.v2(meta).toXdr();
    }
  }
  throw new Error(`no ledger has a ${type}`);
}

function requireRefused(bytes: Uint8Array): void {
  assert.throws(
    () => indexBytes(createIndexer(SANDBOX_PASSPHRASE), bytes),
    (error) => error instanceof WalletError && error.code === "LEDGER_INDEX_FAILED" && error.cause instanceof ContradictionError,
  );
  const ledger = openLedger(bytes);
  try {
    assert.throws(() => entryStates(ledger), ContradictionError);
  } finally {
    ledger.close();
  }
}

test("changes of more operations than a transaction has are refused", () => {
  const meta = decodeV2(LEDGERS.find((bytes) => lists(decodeV2(bytes)).length > 1)!);
  const [{ txApplyProcessing: tx }] = meta.txProcessing as [xdr.TransactionResultMetaV1];
  if (tx.type !== "v4") throw new Error(`TransactionMeta ${tx.type}`);
  tx.v4.operations.push(tx.v4.operations[0]!);
  assert.throws(
    () => indexBytes(createIndexer(SANDBOX_PASSPHRASE), xdr.LedgerCloseMeta.v2(meta).toXdr()),
    (error) => error instanceof WalletError && error.code === "LEDGER_INDEX_FAILED" && error.cause instanceof ContradictionError,
  );
});

for (const type of ["ledgerEntryRemoved", "ledgerEntryUpdated"] as const) {
  test(`${type} without the entry's state before it is refused by the indexer and by the check`, () => {
    requireRefused(edited(type, (list, at) => list.splice(at - 1, 1)));
  });

  test(`${type} after the state of another entry is refused by the indexer and by the check`, () => {
    const other = LEDGERS.flatMap((bytes) => lists(decodeV2(bytes)).flat()).findLast((change) => change.type === "ledgerEntryState")!;
    requireRefused(edited(type, (list, at) => list.splice(at - 1, 1, other)));
  });

  test(`${type} at a distance from its entry's state is refused by the indexer and by the check`, () => {
    const created = LEDGERS.flatMap((bytes) => lists(decodeV2(bytes)).flat()).find((change) => change.type === "ledgerEntryCreated")!;
    requireRefused(edited(type, (list, at) => list.splice(at, 0, created)));
  });
}

test("a trustline for XLM is refused in plain words", () => {
  for (const bytes of LEDGERS) {
    const meta = decodeV2(bytes);
    for (const change of lists(meta).flat()) {
      if (change.type !== "ledgerEntryCreated" || change.created.data.type !== "trustline") continue;
      Object.assign(change.created.data.trustLine, { asset: xdr.TrustLineAsset.assetTypeNative() });
      assert.throws(() => indexBytes(createIndexer(SANDBOX_PASSPHRASE), xdr.LedgerCloseMeta.v2(meta).toXdr()), {
        code: "LEDGER_INDEX_FAILED",
        message: /a trustline for XLM/,
      });
      return;
    }
  }
  assert.fail("no ledger has a new trustline");
});

/** A ledger with a diagnostic event whose data is nested so deep; beyond the SDK's own limit. */
function nestedLedger(depth: number): Uint8Array {
  const meta = decodeV2(LEDGERS[0]!);
  const marker = Buffer.from("a value that is to be nested");
  const body = new xdr.ContractEventV0({ topics: [], data: xdr.ScVal.scvBytes(marker) });
  const event = new xdr.ContractEvent({
    ext: xdr.ExtensionPoint.fromXdr(Buffer.alloc(4)),
    contractId: null,
    type: xdr.ContractEventType.contract,
    body: xdr.ContractEventBody.fromXdr(Buffer.concat([Buffer.alloc(4), body.toXdr()])),
  });
  const [{ txApplyProcessing: tx }] = meta.txProcessing as [xdr.TransactionResultMetaV1];
  if (tx.type !== "v4") throw new Error(`TransactionMeta ${tx.type}`);
  tx.v4.operations[0]!.events.push(event);
  const bytes = Buffer.from(xdr.LedgerCloseMeta.v2(meta).toXdr());
  // In front of the bytes: their length, and the type of the value.
  const at = bytes.indexOf(marker) - 8;
  return Buffer.concat([bytes.subarray(0, at), ...Array.from({ length: depth }, () => VECTOR), bytes.subarray(at)]);
}

test("a value nested to the reader's limit is indexed, a deeper one is refused", () => {
  const indexer = createIndexer(SANDBOX_PASSPHRASE);
  assert.ok(indexBytes(indexer, nestedLedger(DEEPEST)).operations.length > 0);
  for (const depth of [DEEPEST + 1, 100_000]) assert.throws(() => indexBytes(indexer, nestedLedger(depth)), { code: "LEDGER_CORRUPT" });
});
