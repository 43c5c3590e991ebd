import { WalletError } from "../../shared/errors.ts";
import { ContradictionError } from "./contradiction-error.ts";
import { envelopesByHash, type Envelope } from "./envelopes.ts";
import { bytesAt, type Ledger } from "./ledger.ts";
import { elements, type Words } from "../../shared/xdr/words.ts";
import {
  readInnerTransactionResult,
  readOperationMeta,
  readOperationMetaV2,
  readSorobanTransactionMeta,
  readTransactionMetaV1,
  readTransactionMetaV2,
  readTransactionMetaV3,
  readTransactionMetaV4,
  readTransactionResult,
  readTransactionResultMeta,
  readTransactionResultMetaV1,
  readTransactionResultPair,
  skipContractEvent,
  skipOperationMeta,
  skipOperationMetaV2,
  skipOperationResult,
  skipTransactionResultMeta,
  skipTransactionResultMetaV1,
} from "../../shared/xdr/xdr.generated.ts";

/** One applied transaction with everything that the ledger says of it. Offsets are word offsets; 0 means absent. */
export interface LedgerTransaction {
  /** 1-based application order. */
  index: number;
  hash: Uint8Array;
  envelope: Envelope;
  /** Outer TransactionResultCode. */
  resultCode: number;
  /** txSUCCESS or txFEE_BUMP_INNER_SUCCESS. */
  successful: boolean;
  /** Offset: int64, stroops. */
  feeCharged: number;
  /** Offsets of the OperationResults; null when the result carries none (txBAD_SEQ and the like). */
  operationResults: number[] | null;
  /** Offset: LedgerEntryChange[]. */
  feeChanges: number;
  /** Arm of the TransactionMeta union, 0 to 4. */
  metaVersion: number;
  /** Offset: LedgerEntryChange[], or 0. */
  changesBefore: number;
  /** Offsets of each operation's LedgerEntryChange[]; may be shorter than the operations (failed transactions). */
  operationChanges: number[];
  /** Offset: LedgerEntryChange[], or 0. */
  changesAfter: number;
  /** Offset: LedgerEntryChange[] applied after all transactions (protocol 23 refunds), or 0. */
  postFeeChanges: number;
  /** Offsets of the ContractEvents of operation `k` (0-based). */
  events(k: number): number[];
}

const SUCCESS = 0;
const FAILED = -1;
const FEE_BUMP_INNER_SUCCESS = 1;
const FEE_BUMP_INNER_FAILED = -13;

const NO_EVENTS: number[] = [];

interface Meta {
  metaVersion: number;
  changesBefore: number;
  operationChanges: number[];
  changesAfter: number;
  events(k: number): number[];
}

function metaWithoutEvents(x: Words, metaVersion: number, changesBefore: number, operations: number, changesAfter: number): Meta {
  const operationChanges = elements(x, operations, skipOperationMeta).map((p) => readOperationMeta(x, p).changes);
  return { metaVersion, changesBefore, operationChanges, changesAfter, events: () => NO_EVENTS };
}

function readMeta(x: Words, p: number): Meta {
  const body = p + 1;
  switch (x[p]) {
    case 0: {
      const operationChanges = elements(x, body, skipOperationMeta).map((at) => readOperationMeta(x, at).changes);
      return { metaVersion: 0, changesBefore: 0, operationChanges, changesAfter: 0, events: () => NO_EVENTS };
    }
    case 1: {
      const meta = readTransactionMetaV1(x, body);
      return metaWithoutEvents(x, 1, meta.txChanges, meta.operations, 0);
    }
    case 2: {
      const meta = readTransactionMetaV2(x, body);
      return metaWithoutEvents(x, 2, meta.txChangesBefore, meta.operations, meta.txChangesAfter);
    }
    case 3: {
      const meta = readTransactionMetaV3(x, body);
      const read = metaWithoutEvents(x, 3, meta.txChangesBefore, meta.operations, meta.txChangesAfter);
      const soroban = x[meta.sorobanMeta] === 1 ? readSorobanTransactionMeta(x, meta.sorobanMeta + 1) : null;
      // The one operation of a Soroban transaction owns all events.
      read.events = () => (soroban ? elements(x, soroban.events, skipContractEvent) : NO_EVENTS);
      return read;
    }
    default: {
      const meta = readTransactionMetaV4(x, body);
      const operations = elements(x, meta.operations, skipOperationMetaV2).map((at) => readOperationMetaV2(x, at));
      return {
        metaVersion: 4,
        changesBefore: meta.txChangesBefore,
        operationChanges: operations.map((o) => o.changes),
        changesAfter: meta.txChangesAfter,
        events: (k) => (k < operations.length ? elements(x, operations[k]!.events, skipContractEvent) : NO_EVENTS),
      };
    }
  }
}

/** Operation results of a `TransactionResultResult` (or the inner one of a fee bump) at `p`. */
function readOperationResults(x: Words, p: number): number[] | null {
  const code = x[p]!;
  if (code === SUCCESS || code === FAILED) return elements(x, p + 1, skipOperationResult);
  if (code === FEE_BUMP_INNER_SUCCESS || code === FEE_BUMP_INNER_FAILED)
    return readOperationResults(x, readInnerTransactionResult(x, p + 9).result);
  return null;
}

/**
 * Requires a meta that tells every change. V0 has none of the transaction's own; V1 before protocol 10 lacks those behind the operations
 * (stellar-core fixed that with V2), so that signers and balances would come out wrong.
 * @throws WalletError LEDGER_INDEX_FAILED
 */
function requireWholeMeta({ x, sequence, protocolVersion }: Ledger, meta: number, feeChanges: number): void {
  const version = x[meta]!;
  if (version > 1 || (version === 1 && (protocolVersion >= 10 || x[feeChanges] === 0))) return;
  throw new WalletError(
    "LEDGER_INDEX_FAILED",
    `Ledger ${sequence} of protocol ${protocolVersion} has TransactionMeta V${version}, which lacks changes. Use a source whose ledgers a newer stellar-core wrote, as the public data lakes.`,
    { ledger: sequence, protocol: protocolVersion, metaVersion: version },
  );
}

/** The error for a result whose envelope is missing: damaged where others are there, of another network where none is. */
function withoutEnvelope(
  { sequence, metaVersion, x, bytes }: Ledger,
  hash: Uint8Array,
  offsets: number[],
  envelopes: Map<string, unknown>,
): WalletError {
  const read = metaVersion === 2 ? readTransactionResultMetaV1 : readTransactionResultMeta;
  const matched = offsets.filter((p) =>
    envelopes.has(keyOf(bytesAt(bytes, readTransactionResultPair(x, read(x, p).result).transactionHash, 8))),
  ).length;
  const details = { ledger: sequence, transaction: Buffer.from(hash).toString("hex") };
  if (matched > 0)
    return new WalletError(
      "LEDGER_CORRUPT",
      `Ledger ${sequence} has an envelope for ${matched} of its ${offsets.length} transactions, but none for ${details.transaction}: it was damaged on its way. Fetch the ledger again.`,
      details,
    );
  return new WalletError(
    "NETWORK_MISMATCH",
    `Ledger ${sequence} has a transaction whose hash belongs to no envelope under this network passphrase. Set NETWORK or NETWORK_PASSPHRASE to the network of the ledgers.`,
    details,
  );
}

/** A hash as a key of `envelopesByHash`. */
function keyOf(hash: Uint8Array): string {
  return Buffer.from(hash.buffer, hash.byteOffset, 32).toString("latin1");
}

/**
 * The ledger's transactions in application order, each with its envelope, which is found by hash.
 * @param networkId SHA-256 of the network passphrase
 * @throws WalletError NETWORK_MISMATCH when no result's hash belongs to an envelope: the ledger is of another network; LEDGER_CORRUPT when
 * some do; LEDGER_INDEX_FAILED for a TransactionMeta that lacks changes
 */
export function* transactions(ledger: Ledger, networkId: Buffer): Generator<LedgerTransaction> {
  const { x, bytes } = ledger;
  const envelopes = envelopesByHash(ledger, networkId);
  const isV2 = ledger.metaVersion === 2;
  const offsets = elements(x, ledger.txProcessing, isV2 ? skipTransactionResultMetaV1 : skipTransactionResultMeta);
  for (let i = 0; i < offsets.length; i++) {
    const processing = isV2
      ? readTransactionResultMetaV1(x, offsets[i]!)
      : { ...readTransactionResultMeta(x, offsets[i]!), postTxApplyFeeProcessing: 0 };
    const pair = readTransactionResultPair(x, processing.result);
    const hash = bytesAt(bytes, pair.transactionHash, 8);
    const envelope = envelopes.get(keyOf(hash));
    if (!envelope) throw withoutEnvelope(ledger, hash, offsets, envelopes);
    requireWholeMeta(ledger, processing.txApplyProcessing, processing.feeProcessing);
    const result = readTransactionResult(x, pair.result);
    const resultCode = x[result.result]!;
    const found = envelope();
    const meta = readMeta(x, processing.txApplyProcessing);
    // What the surplus changed would belong to no operation, and be missing from the current state.
    if (meta.operationChanges.length > found.operations.length)
      throw new ContradictionError("changes of more operations than the transaction has", processing.txApplyProcessing);
    yield {
      index: i + 1,
      hash,
      envelope: found,
      resultCode,
      successful: resultCode === SUCCESS || resultCode === FEE_BUMP_INNER_SUCCESS,
      feeCharged: result.feeCharged,
      operationResults: readOperationResults(x, result.result),
      feeChanges: processing.feeProcessing,
      postFeeChanges: processing.postTxApplyFeeProcessing,
      ...meta,
    };
  }
}
