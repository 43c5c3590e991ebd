import type { Ledger } from "../ledger/ledger.ts";
import { elements, type Words } from "../../shared/xdr/words.ts";
import {
  readLedgerCloseMetaV0,
  readLedgerCloseMetaV1,
  readLedgerCloseMetaV2,
  readOperationMeta,
  readOperationMetaV2,
  readSorobanTransactionMeta,
  readTransactionMetaV1,
  readTransactionMetaV2,
  readTransactionMetaV3,
  readTransactionMetaV4,
  readTransactionResultMeta,
  readTransactionResultMetaV1,
  readUpgradeEntryMeta,
  skipContractEvent,
  skipLedgerKey,
  skipOperationMeta,
  skipOperationMetaV2,
  skipTransactionResultMeta,
  skipTransactionResultMetaV1,
  skipUpgradeEntryMeta,
} from "../../shared/xdr/xdr.generated.ts";

/**
 * Offsets of every LedgerEntryChange[] of a ledger, in the order in which stellar-core applied them: fees of all transactions; per
 * transaction the changes before, of and after its operations; refunds of all; upgrades. Found anew from the ledger's first word,
 * so that a list which the indexer's own walk forgets is not forgotten here too.
 */
export function changeLists({ x }: Ledger): number[] {
  const { transactions, upgrades } = closeMeta(x);
  return [
    ...transactions.map(({ feeProcessing }) => feeProcessing),
    ...transactions.flatMap(({ txApplyProcessing }) => applyLists(x, txApplyProcessing)),
    ...transactions.flatMap(({ postTxApplyFeeProcessing }) => postTxApplyFeeProcessing ?? []),
    ...upgrades.map((p) => readUpgradeEntryMeta(x, p).changes),
  ];
}

interface Processing {
  result: number;
  feeProcessing: number;
  txApplyProcessing: number;
  postTxApplyFeeProcessing?: number;
}

/** Offsets of the LedgerUpgrades that a ledger applied, each with its LedgerEntryChange[]. */
export function upgradesOf({ x }: Ledger): { upgrade: number; changes: number }[] {
  return closeMeta(x).upgrades.map((p) => readUpgradeEntryMeta(x, p));
}

/** Offsets of the LedgerKeys of what a ledger evicted. */
export function evictedKeysOf({ x }: Ledger): number[] {
  const { evictedKeys } = closeMeta(x);
  return evictedKeys === 0 ? [] : elements(x, evictedKeys, skipLedgerKey);
}

function closeMeta(x: Words): { transactions: Processing[]; upgrades: number[]; evictedKeys: number } {
  const version = x[0]!;
  const meta = [readLedgerCloseMetaV0, readLedgerCloseMetaV1, readLedgerCloseMetaV2][version]!(x, 1);
  const transactions =
    version === 2
      ? elements(x, meta.txProcessing, skipTransactionResultMetaV1).map((p) => readTransactionResultMetaV1(x, p))
      : elements(x, meta.txProcessing, skipTransactionResultMeta).map((p) => readTransactionResultMeta(x, p));
  const evictedKeys = version === 0 ? 0 : [readLedgerCloseMetaV1, readLedgerCloseMetaV2][version - 1]!(x, 1).evictedKeys;
  return { transactions, upgrades: elements(x, meta.upgradesProcessing, skipUpgradeEntryMeta), evictedKeys };
}

/** The lists of the TransactionMeta at `p`. */
function applyLists(x: Words, p: number): number[] {
  const { before, operations, after } = partsOfMeta(x, p);
  return [...before, ...operations, ...after];
}

/** The lists of the TransactionMeta at `p`: before, of and after its operations. */
function partsOfMeta(x: Words, p: number): { before: number[]; operations: number[]; after: number[] } {
  const body = p + 1;
  switch (x[p]) {
    case 0:
      return { before: [], operations: operationLists(x, body), after: [] };
    case 1: {
      const { txChanges, operations } = readTransactionMetaV1(x, body);
      return { before: [txChanges], operations: operationLists(x, operations), after: [] };
    }
    case 2:
    case 3: {
      const meta = x[p] === 2 ? readTransactionMetaV2(x, body) : readTransactionMetaV3(x, body);
      return { before: [meta.txChangesBefore], operations: operationLists(x, meta.operations), after: [meta.txChangesAfter] };
    }
    default: {
      const meta = readTransactionMetaV4(x, body);
      const operations = elements(x, meta.operations, skipOperationMetaV2).map((at) => readOperationMetaV2(x, at).changes);
      return { before: [meta.txChangesBefore], operations, after: [meta.txChangesAfter] };
    }
  }
}

/** Of each transaction, in the order in which they were applied: its TransactionResultPair, and the LedgerEntryChange[] of its operations. */
export function operationChanges({ x }: Ledger): { result: number; operations: number[] }[] {
  return closeMeta(x).transactions.map(({ result, txApplyProcessing }) => ({
    result,
    operations: partsOfMeta(x, txApplyProcessing).operations,
  }));
}

/** Of each transaction, in the order in which they were applied: its TransactionResultPair, and the ContractEvents of its operations. */
export function operationEvents({ x }: Ledger): { result: number; events: number[] }[] {
  return closeMeta(x).transactions.map(({ result, txApplyProcessing }) => ({ result, events: eventsOfMeta(x, txApplyProcessing) }));
}

/** Older metas than V3 have none. */
function eventsOfMeta(x: Words, p: number): number[] {
  if (x[p] === 3) {
    const { sorobanMeta } = readTransactionMetaV3(x, p + 1);
    return x[sorobanMeta] === 1 ? elements(x, readSorobanTransactionMeta(x, sorobanMeta + 1).events, skipContractEvent) : [];
  }
  if (x[p] !== 4) return [];
  const { operations } = readTransactionMetaV4(x, p + 1);
  return elements(x, operations, skipOperationMetaV2).flatMap((at) => elements(x, readOperationMetaV2(x, at).events, skipContractEvent));
}

function operationLists(x: Words, p: number): number[] {
  return elements(x, p, skipOperationMeta).map((at) => readOperationMeta(x, at).changes);
}
